//! What code was made by, for which machine, and with which settings.

use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::settings::SettingKind;

use super::section::{Reader, Writer};
use crate::compile::Settings;
use crate::types::{Error, Kind, OptLevel, Phase, Proposals, Result};

/// Pairs of a name and a value, as they stand in an artifact. Text, so that who reads the file, or the error, understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(Vec<(String, String)>);

/// Begins the names of features of the processor, which code may use fewer of than there are.
const FEATURE: &str = "processor.";
/// The entry that need not agree: any code does that does the same.
const OPTIMIZATION: &str = "optimization";

impl Fingerprint {
    /// Of what a compiler with these settings makes of modules that may use these proposals.
    pub(crate) fn new(settings: &Settings, isa: &dyn TargetIsa, proposals: Proposals) -> Self {
        // Every setting is named, so that a new one does not compile before somebody has thought of it here.
        let Settings {
            opt_level,
            verifier: _,
            // Code that calls through the table does so in any instance.
            calls_through_table: _,
            interpreter,
            explicit_traps,
            interruptible,
            deterministic,
            fuel,
            count_instructions,
            // Cranelift tells below.
            target: _,
        } = settings;
        let optimization = match opt_level {
            OptLevel::None => "none",
            OptLevel::Speed => "speed",
            OptLevel::SpeedAndSize => "speed_and_size",
        };
        let costs = fuel.as_ref().map(|costs| blake3::hash(format!("{costs:?}").as_bytes()).to_hex());
        let mut pairs = vec![
            ("edge".to_owned(), format!("{} {}", env!("CARGO_PKG_VERSION"), env!("EDGE_CODE_GENERATION"))),
            ("cranelift".to_owned(), cranelift_codegen::VERSION.to_owned()),
            ("target".to_owned(), isa.triple().to_string()),
            (OPTIMIZATION.to_owned(), optimization.to_owned()),
            ("interpreter".to_owned(), interpreter.to_string()),
            ("explicit traps".to_owned(), explicit_traps.to_string()),
            ("interruptible".to_owned(), interruptible.to_string()),
            ("deterministic".to_owned(), deterministic.to_string()),
            ("fuel".to_owned(), costs.map_or_else(|| "off".to_owned(), |hash| format!("costs {}", &hash[..16]))),
            ("instructions counted".to_owned(), count_instructions.to_string()),
            ("proposals".to_owned(), names(proposals)),
        ];
        for flag in isa.isa_flags() {
            let used = match flag.kind() {
                SettingKind::Preset => continue,
                SettingKind::Bool => flag.as_bool().unwrap_or(false),
                SettingKind::Enum | SettingKind::Num => true,
            };
            if used {
                pairs.push((format!("{FEATURE}{}", flag.name), flag.value_string()));
            }
        }
        Self(pairs)
    }

    /// Checks that code with this fingerprint can run where `ours` is made.
    ///
    /// # Errors
    ///
    /// [`Kind::ArtifactMismatch`] names what differs first.
    pub(crate) fn check(&self, ours: &Self) -> Result<()> {
        for (name, theirs) in self.0.iter().filter(|(name, _)| name != OPTIMIZATION) {
            let here = ours.value(name);
            if here != Some(theirs) {
                return Err(mismatch(name, theirs, here));
            }
        }
        match ours.0.iter().find(|(name, _)| !name.starts_with(FEATURE) && self.value(name).is_none()) {
            Some((name, here)) => Err(mismatch(name, "something unknown", Some(here))),
            None => Ok(()),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All of it, the optimisation too.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.write(&mut writer);
        writer.0
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.u32(self.0.len() as u32);
        for (name, value) in &self.0 {
            writer.text(name);
            writer.text(value);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let count = reader.u32()?;
        (0..count).map(|_| Some((reader.text()?, reader.text()?))).collect::<Option<_>>().map(Self)
    }
}

fn names(proposals: Proposals) -> String {
    proposals.iter().map(|proposal| proposal.to_string()).collect::<Vec<_>>().join(" ")
}

#[cold]
fn mismatch(name: &str, theirs: &str, here: Option<&str>) -> Error {
    let text = match (name.strip_prefix(FEATURE), here) {
        (Some(feature), _) => {
            format!("the native code needs the processor feature {feature} = {theirs}, which is not to be had here")
        }
        (None, Some(here)) => format!("the native code was made with {name}: {theirs}, but here it is {here}"),
        (None, None) => format!("the native code was made with {name}: {theirs}, which is unknown here"),
    };
    Error::new(Phase::Load, Kind::ArtifactMismatch, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(settings: &Settings) -> Fingerprint {
        Fingerprint::new(settings, &*settings.isa().unwrap(), Proposals::default())
    }

    #[test]
    fn equal_settings_agree_and_the_optimisation_does_not_matter() {
        let (speed, none) = (Settings::default(), Settings { opt_level: OptLevel::None, ..Settings::default() });
        of(&speed).check(&of(&speed)).unwrap();
        of(&none).check(&of(&speed)).unwrap();
        assert_eq!(of(&none).value("optimization"), Some("none"));
    }

    #[test]
    fn every_setting_that_changes_code_is_told_apart() {
        let ours = Settings::default();
        let different = [
            ("explicit traps", Settings { explicit_traps: true, ..ours.clone() }),
            ("interruptible", Settings { interruptible: !ours.interruptible, ..ours.clone() }),
            ("deterministic", Settings { deterministic: true, ..ours.clone() }),
            ("fuel", Settings { fuel: Some(crate::CostTable::default()), ..ours.clone() }),
            ("instructions counted", Settings { count_instructions: true, ..ours.clone() }),
            ("target", Settings { interpreter: true, ..ours.clone() }),
        ];
        for (name, theirs) in different {
            let error = of(&theirs).check(&of(&ours)).unwrap_err();
            assert_eq!(error.kind(), Kind::ArtifactMismatch);
            assert!(error.message().contains(&format!("with {name}: ")), "{error}");
        }
        let fewer = Proposals::default().with(crate::Proposal::Simd, false);
        let theirs = Fingerprint::new(&ours, &*ours.isa().unwrap(), fewer);
        assert!(theirs.check(&of(&ours)).unwrap_err().message().contains("proposals"));
    }

    #[test]
    fn costs_differ_by_what_they_are() {
        let metered = |cost| {
            let costs = crate::CostTable::from_pairs([("i32.add", cost)]).unwrap();
            of(&Settings { fuel: Some(costs), ..Settings::default() })
        };
        metered(2).check(&metered(2)).unwrap();
        assert!(metered(2).check(&metered(3)).is_err());
    }

    #[test]
    fn a_feature_may_be_missing_in_the_code_but_not_in_the_processor() {
        let ours = of(&Settings::default());
        let mut fewer = ours.clone();
        fewer.0.retain(|(name, _)| !name.starts_with(FEATURE));
        fewer.check(&ours).unwrap();
        let error = ours.check(&fewer);
        if ours != fewer {
            assert!(error.unwrap_err().message().contains("needs the processor feature"));
        }
        let mut more = ours.clone();
        more.0.push((format!("{FEATURE}has_wings"), "true".to_owned()));
        assert!(more.check(&ours).unwrap_err().message().contains("has_wings = true"));
    }

    #[test]
    fn what_is_unknown_on_either_side_is_refused() {
        let ours = of(&Settings::default());
        let (mut more, mut fewer) = (ours.clone(), ours.clone());
        more.0.push(("magic".to_owned(), "on".to_owned()));
        assert!(more.check(&ours).unwrap_err().message().contains("magic: on, which is unknown here"));
        fewer.0.retain(|(name, _)| name != "interruptible");
        assert!(fewer.check(&ours).unwrap_err().message().contains("something unknown"));
    }
}
