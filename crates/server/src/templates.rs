//! The templates that are used when the user brings none.

use crate::generation::{TemplateText, generation};
use crate::version::Version;

/// The templates of that generation.
pub fn templates(version: Version) -> &'static [TemplateText] {
    generation(version).templates
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::generation::{Logging, ROWS};
    use crate::variables::TEMPLATE_VARIABLES;

    const POLICY: &str = include_str!("../../../config-templates/elasticsearch-2/java.policy");

    /// Names at the start of a placeholder outside comments, nested ones too.
    fn names(text: &str) -> BTreeSet<String> {
        let code = text.lines().filter(|line| !line.trim_start().starts_with(['#', '/']));
        let mut names = BTreeSet::new();
        for line in code {
            for (index, _) in
                line.match_indices(['{', '<']).filter(|(index, _)| line[..*index].ends_with('$'))
            {
                let name =
                    line[index + 1..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
                names.extend(name.take(1).filter(|name| !name.contains('.')).map(str::to_owned));
            }
        }
        names
    }

    #[test]
    fn every_variable_of_the_templates_is_in_the_table_and_the_other_way_round() {
        let texts = ROWS.iter().flat_map(|generation| generation.templates).map(|(_, text)| *text);
        let used: BTreeSet<String> = texts.chain([POLICY]).flat_map(names).collect();
        let listed: BTreeSet<String> = TEMPLATE_VARIABLES.iter().map(|row| row.name.to_owned()).collect();
        assert_eq!(used, listed);
    }

    #[test]
    fn every_generation_has_its_main_file() {
        for row in &ROWS {
            let names: Vec<&str> = row.templates.iter().map(|(name, _)| *name).collect();
            let logging = (row.logging == Logging::Yaml).then_some("logging.yml");
            let expected: Vec<&str> = [row.main_file].into_iter().chain(logging).collect();
            assert_eq!(names, expected, "{:?} {:?}", row.product, row.from);
        }
    }
}
