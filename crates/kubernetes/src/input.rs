//! What rules between objects look at.

use crate::clusters::Cluster;
use crate::objects::Objects;
use crate::pod::Node;

/// What the rules look at.
#[derive(Clone, Copy)]
pub(crate) struct Input<'i, 'a> {
    pub(crate) objects: &'a Objects,
    pub(crate) nodes: &'i [Node<'a>],
    pub(crate) clusters: &'i [Cluster],
}
