# find_package(edge) gives edge::edge (shared) and edge::edge_static, in C and C++. The folder can be moved as a whole.
get_filename_component(_edge_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
include(CMakeFindDependencyMacro)
find_dependency(Threads)

if(NOT TARGET edge::edge)
  add_library(edge::edge SHARED IMPORTED)
  set_target_properties(edge::edge PROPERTIES
    IMPORTED_LOCATION "${_edge_prefix}/lib/libedge.so"
    IMPORTED_SONAME "libedge.so.0"
    INTERFACE_INCLUDE_DIRECTORIES "${_edge_prefix}/include")
endif()

if(NOT TARGET edge::edge_static)
  add_library(edge::edge_static STATIC IMPORTED)
  set_target_properties(edge::edge_static PROPERTIES
    IMPORTED_LOCATION "${_edge_prefix}/lib/libedge.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_edge_prefix}/include"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m;${CMAKE_DL_LIBS};gcc_s")
endif()

unset(_edge_prefix)
