//! The annotations that are for this program: what they say has to be something, or they are ignored silently.

use diagnostics::Finding;
use server::Version;

use crate::field::Field;
use crate::object::Object;
use crate::workload::{self, ALLOW, OF_CONTAINER, OF_VERSION};

const CODE: &str = "k8s/annotation";
/// Before the names of all of them.
const PREFIX: &str = "es-entrypoint/";

/// Those of a workload and of its pods that cannot be followed.
pub(crate) fn check(object: &Object) -> Vec<Finding> {
    let Some(template) = workload::template(object) else { return Vec::new() };
    let root = object.root();
    let own = (object.kind != "Pod").then_some(root);
    let maps = own.into_iter().chain([template]).map(|it| it.at(&["metadata", "annotations"]));
    // Those of other programs may be of any type here: it is told where the pod is one of a server.
    let ours = maps.filter(|map| map.is_mapping()).flat_map(Field::entries);
    let ours = ours.filter(|(name, _)| name.starts_with(PREFIX));
    ours.filter_map(|(name, value)| finding(template, name, value)).collect()
}

fn finding(template: Field<'_>, name: &str, value: Field<'_>) -> Option<Finding> {
    let (message, help) = match name {
        ALLOW => return None,
        OF_CONTAINER => {
            let wanted = value.text()?;
            let mut names: Vec<&str> = Vec::new();
            names.extend(workload::names_of_containers(template));
            if names.contains(&wanted) {
                return None;
            }
            let help = format!(
                "nothing was judged by it: name the container that the server runs in, one of `{}`",
                names.join("`, `")
            );
            (format!("`{name}` is `{wanted}`, and the pod has no container of that name"), help)
        }
        OF_VERSION => {
            let wanted = value.text()?;
            if Version::parse(wanted).is_some() {
                return None;
            }
            let help = "the version was taken from the image or guessed: write three numbers, as in `8.19.21`, and for \
                        OpenSearch `os-2.19.6`";
            (format!("`{name}` is `{wanted}`, which is no version"), help.to_owned())
        }
        _ => {
            let help = format!("it is ignored: there are `{ALLOW}`, `{OF_CONTAINER}` and `{OF_VERSION}`");
            (format!("there is no annotation `{name}`"), help)
        }
    };
    let place = if matches!(name, OF_CONTAINER | OF_VERSION) { value.span() } else { value.key_span() };
    let finding = Finding::error(CODE, message).help(help);
    Some(match place {
        Some(place) => finding.at(place),
        None => finding,
    })
}
