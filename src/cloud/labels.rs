use crate::api::{Metadata, MetadataValue};

/// A job's metadata as they are kept: in the order of their keys, in a sixth of the memory of a map with one entry.
#[derive(Debug, Clone)]
pub(super) struct Labels(Box<[(Box<str>, MetadataValue)]>);

impl Labels {
    pub(super) fn get(&self, key: &str) -> Option<&MetadataValue> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &MetadataValue)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// The metadata as they came.
    pub(super) fn metadata(&self) -> Metadata {
        self.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect()
    }
}

impl From<Metadata> for Labels {
    fn from(metadata: Metadata) -> Labels {
        Labels(metadata.into_iter().map(|(key, value)| (key.into_boxed_str(), value)).collect())
    }
}
