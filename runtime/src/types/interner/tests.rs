use super::*;

fn typed(id: TypeId) -> ValType {
    ValType::Ref(RefType { nullable: true, heap: HeapType::Concrete(id) })
}

/// A type that no other test has, by its number of parameters.
fn unusual(parameters: usize) -> FuncType {
    FuncType::new(vec![ValType::F32; parameters], [ValType::I64])
}

fn inside(position: u32) -> MemberType {
    MemberType::Inside { nullable: false, position }
}

fn member(params: &[MemberType]) -> Member {
    Member { params: params.into(), results: [MemberType::Outside(ValType::F64)].into() }
}

#[test]
fn equal_types_have_equal_numbers_and_others_do_not() {
    let (a, b, c) =
        (unusual(301).register().unwrap(), unusual(301).register().unwrap(), unusual(302).register().unwrap());
    assert_eq!(a.id(), b.id());
    assert_ne!(a.id(), c.id());
    assert_eq!(c.id().ty().unwrap(), unusual(302));
    let (of_a, of_b, of_c) = (typed(a.id()), typed(b.id()), typed(c.id()));
    let number = |param| FuncType::new([param], []).register().unwrap().id();
    assert_eq!(FuncType::new([of_a], []).register().unwrap().ty(), FuncType::new([of_b], []).register().unwrap().ty());
    assert_ne!(number(of_a), number(of_c));
}

#[test]
fn a_type_that_nobody_holds_is_forgotten_and_its_number_means_nothing() {
    let held = unusual(303).register().unwrap();
    let number = held.id();
    let around = FuncType::new([typed(number)], []);
    let keeper = around.register().unwrap();
    drop(held);
    assert_eq!(number.ty(), Some(unusual(303)), "a type that refers to it keeps it");
    drop(keeper);
    assert_eq!(number.ty(), None);
    assert_ne!(unusual(303).register().unwrap().id(), number, "numbers are not given out again");
    let error = around.register().unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentType);
    assert!(error.message().contains("any more"), "{error}");
    assert_eq!(keep([typed(number)]).unwrap_err().kind(), Kind::ArgumentType);
}

#[test]
fn groups_are_equal_as_wholes_and_by_position() {
    let pair = || register(vec![member(&[inside(1)]), member(&[inside(0), inside(0)])]).unwrap();
    let (one, two) = (pair(), pair());
    let ids = |group: &Group| group.members().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(ids(&one), ids(&two));
    let turned = register(vec![member(&[inside(1), inside(1)]), member(&[inside(0)])]).unwrap();
    assert!(ids(&turned).iter().all(|id| !ids(&one).contains(id)), "the order of members counts");
    let first = one.members().next().unwrap().1.clone();
    assert_eq!(first.params(), [ValType::Ref(RefType { nullable: false, heap: HeapType::Concrete(ids(&one)[1]) })]);

    // A member of a group is not the type alone, even where it looks the same.
    let alone = FuncType::new(first.params().iter().copied(), first.results().iter().copied());
    assert_ne!(alone, first);
    assert_ne!(alone.register().unwrap().id(), ids(&one)[0]);
    assert_eq!(first.register().unwrap().id(), ids(&one)[0]);
    let no_members_in_common = register(vec![member(&[]), member(&[])]).unwrap();
    assert_ne!(ids(&no_members_in_common)[0], ids(&no_members_in_common)[1], "equal members of a group are two types");
}

#[test]
fn a_type_that_refers_to_itself_is_one_wherever_it_is_declared() {
    let own = || register(vec![member(&[inside(0), inside(0), inside(0)])]).unwrap();
    let (one, two) = (own(), own());
    assert!(Arc::ptr_eq(&one, &two));
    let (id, ty) = one.members().next().unwrap();
    // Unrolled once: another type, since it was declared after the first.
    let unrolled = FuncType::new(ty.params().iter().copied(), ty.results().iter().copied());
    assert_ne!(unrolled.register().unwrap().id(), id);
}

#[test]
fn a_long_chain_of_types_is_forgotten_without_recursion() {
    let mut last = unusual(304).register().unwrap();
    let first = last.id();
    for _ in 0..200_000 {
        last = FuncType::new([typed(last.id())], [ValType::F32]).register().unwrap();
    }
    assert!(first.ty().is_some());
    // On a stack that recursion would use up.
    std::thread::Builder::new().stack_size(64 << 10).spawn(move || drop(last)).unwrap().join().unwrap();
    assert_eq!(first.ty(), None);
}

#[test]
fn numbers_are_used_again_only_after_all_others_and_only_where_free() {
    let mut registry = Registry { next: u32::MAX - 1, ..Registry::default() };
    let mut take = |start: u32, len: u32| _ = registry.by_number.insert(start, (len, Weak::new()));
    take(0, 3);
    take(4, 2);
    take(u32::MAX - 3, 2);
    assert_eq!(registry.free(2), Some(u32::MAX - 1));
    assert_eq!(registry.free(3), Some(6), "three side by side are only behind the second");
    registry.by_number.insert(u32::MAX - 1, (2, Weak::new()));
    assert_eq!(registry.free(1), Some(3));
    assert_eq!(registry.free(2), Some(6));
    registry.by_number.insert(6, (u32::MAX - 10, Weak::new()));
    assert_eq!(registry.free(2), None);
    assert_eq!(registry.free(1), Some(3));
}

#[test]
fn sixteen_threads_register_and_forget_the_same_types() {
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for round in 0..500 {
                    let held: Vec<_> = (0..8).map(|i| unusual(400 + (round + i) % 16).register().unwrap()).collect();
                    for handle in &held {
                        assert_eq!(handle.id().ty().as_ref(), Some(handle.ty()));
                        assert_eq!(handle.ty().register().unwrap().id(), handle.id());
                    }
                }
            });
        }
    });
}
