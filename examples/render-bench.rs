//! Times rendering: `render-bench FORMAT TEMPLATE REPEAT [NAME=VALUE…]`; for measuring only.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]
use es_entrypoint::environment::Variables;
use es_entrypoint::template::{self, Format, Template};
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let bytes = std::fs::read(&arguments[1]).unwrap();
    let format = match arguments[0].as_str() { "yaml" => Format::Yaml, "es" => Format::Elasticsearch, "properties" => Format::Properties, "jvm" => Format::JvmOptions, _ => Format::Text };
    let variables: Variables = arguments[3..].iter().map(|pair| pair.split_once('=').unwrap()).collect();
    let template = Template { name: "t", bytes: &bytes, format };
    for _ in 0..arguments[2].parse().unwrap() {
        let start = std::time::Instant::now();
        let rendered = template::render(&template, &variables);
        let took = start.elapsed();
        println!("{:?} {:.1} MB/s, {} findings {:?}", took, bytes.len() as f64 / took.as_secs_f64() / 1e6, rendered.findings.len(), rendered.findings.first());
    }
}
