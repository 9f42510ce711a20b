//! Bytes ↔ domain: records in, records out. Knows nothing of Kafka's client.

pub mod record;
/// temporary
pub mod due {
    /// t
    #[derive(Default)]
    pub struct DueEvent;
    impl DueEvent {
        pub fn write(
            &mut self,
            _: &crate::domain::commitment::Commitment,
            _: crate::domain::timestamp::Timestamp,
            _: &str,
        ) {
        }
        pub fn key(&self) -> &[u8] {
            &[]
        }
        pub fn value(&self) -> &[u8] {
            &[]
        }
        pub fn headers(&self) -> rdkafka::message::OwnedHeaders {
            rdkafka::message::OwnedHeaders::new()
        }
    }
}
