//! Which server and which generation of it.

use std::fmt;

/// The server product. OpenSearch forked from Elasticsearch 7.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    Elasticsearch,
    OpenSearch,
}

impl Product {
    /// The name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Elasticsearch => "Elasticsearch",
            Self::OpenSearch => "OpenSearch",
        }
    }
}

/// A version of a product, ordered within the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub product: Product,
    pub major: u16,
    pub minor: u16,
    pub patch: u16,
}

impl Version {
    /// Elasticsearch `major.minor.patch`.
    pub const fn elasticsearch(major: u16, minor: u16, patch: u16) -> Self {
        Self { product: Product::Elasticsearch, major, minor, patch }
    }

    /// OpenSearch `major.minor.patch`.
    pub const fn opensearch(major: u16, minor: u16, patch: u16) -> Self {
        Self { product: Product::OpenSearch, major, minor, patch }
    }

    /// Reads `2.3.4`, `8.15.0-SNAPSHOT` or `os-2.11.0`; nothing for anything else. One to three numbers are
    /// accepted (`7`, `7.17`), missing ones are 0, and so are the names of images and tags: `v7.17.0`, `opensearch-2.11.0`.
    pub fn parse(text: &str) -> Option<Self> {
        const PREFIXES: [(&str, Product); 6] = [
            ("os-", Product::OpenSearch),
            ("opensearch-", Product::OpenSearch),
            ("opensearch:", Product::OpenSearch),
            ("os", Product::OpenSearch),
            ("elasticsearch-", Product::Elasticsearch),
            ("elasticsearch:", Product::Elasticsearch),
        ];
        let named =
            PREFIXES.iter().find_map(|(prefix, product)| Some((*product, text.strip_prefix(prefix)?)));
        let (product, numbers) = named.unwrap_or((Product::Elasticsearch, text));
        let numbers = numbers.strip_prefix('v').unwrap_or(numbers);
        let numbers = numbers.split_once('-').map_or(numbers, |(before, _)| before);
        let mut parts = [0_u16; 3];
        for (index, part) in numbers.split('.').enumerate() {
            if index == parts.len() || part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            parts[index] = part.parse().ok()?;
        }
        (1..=99).contains(&parts[0]).then_some(Self {
            product,
            major: parts[0],
            minor: parts[1],
            patch: parts[2],
        })
    }

    /// Whether releases of that major version exist.
    pub fn is_known(&self) -> bool {
        match self.product {
            Product::Elasticsearch => {
                matches!(
                    (self.major, self.minor),
                    (1, ..=7) | (2, ..=4) | (5, ..=6) | (6, ..=8) | (7, ..=17) | (8 | 9, _)
                )
            }
            Product::OpenSearch => matches!((self.major, self.minor), (1, ..=3) | (2 | 3, _)),
        }
    }

    /// The last version whose list of settings the catalogue is made of, where this one came later.
    pub fn later_than(self) -> Option<Self> {
        let newest = match self.product {
            Product::Elasticsearch => Self::elasticsearch(9, 5, 0),
            Product::OpenSearch => Self::opensearch(3, 6, 0),
        };
        ((self.major, self.minor) > (newest.major, newest.minor)).then_some(newest)
    }

    /// Whether a release of that major version may be in use one day: further ahead, a number is more likely a mistake.
    pub fn may_come(&self) -> bool {
        const AHEAD: u16 = 5;
        self.later_than().is_some_and(|newest| self.major <= newest.major + AHEAD)
    }

    /// What there is to say of a version that came after all that is known.
    pub fn note(self) -> Option<String> {
        let newest = self.later_than()?.name();
        Some(format!("{} is newer than what is known here: it is judged like {newest}", self.name()))
    }

    /// The OpenSearch of the same numbers, where they are those of no Elasticsearch.
    pub fn meant_opensearch(&self) -> Option<Self> {
        let opensearch = Self { product: Product::OpenSearch, ..*self };
        (!self.is_known() && opensearch.is_known()).then_some(opensearch)
    }

    /// Whether it is one of OpenSearch.
    pub const fn is_opensearch(&self) -> bool {
        matches!(self.product, Product::OpenSearch)
    }

    /// The name for people: `Elasticsearch 2.3.4`. It is made where it is printed: rules ask for it before they know whether
    /// anything is wrong.
    pub fn name(self) -> Name {
        Name(self)
    }
}

/// What [`Version::name`] gives.
#[derive(Clone, Copy, Debug)]
pub struct Name(Version);

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Version { product, major, minor, patch }) = self;
        write!(formatter, "{} {major}.{minor}.{patch}", product.name())
    }
}

/// `2.3.4` or `os-2.11.0`, the form that [`Version::parse`] reads.
impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.product == Product::OpenSearch {
            formatter.write_str("os-")?;
        }
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
