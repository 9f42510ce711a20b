//! The ids of topics: one that is deleted and made anew under the same name has another (Kafka's KIP-516).
//!
//! Offsets cannot tell: once the new log is as long as the old one was, every offset that was read or committed exists in
//! it, and the client reads on from there (librdkafka notices the new id in `rd_kafka_topic_metadata_update0` and does not
//! reset the offset). So the broker is asked.
//!
//! This is the only file with unsafe code: the client's bindings have no safe call for `DescribeTopics`.

#![expect(unsafe_code, reason = "rdkafka has no safe call for librdkafka's DescribeTopics")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString, c_char};
use std::fmt;
use std::ptr::NonNull;
use std::slice;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rdkafka::bindings as native;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};

/// How much longer the answer is waited for than the client itself waits for the broker: it answers in any case.
const LENIENCE: Duration = Duration::from_secs(1);

/// The id that a cluster gave to a topic when it was made. It is written as Kafka's tools write it: 22 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicId(u128);

impl TopicId {
    /// Reads what `Display` has written; `None` where the text is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(u128::from_be_bytes(bytes.try_into().ok()?)))
    }
}

impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_be_bytes()))
    }
}

/// Asks the cluster for the ids of these topics, all together. Topics that are not there, that this client may not
/// describe, or that have no id (brokers before Kafka 2.8) are left out of the answer.
///
/// # Errors
/// `MetadataFetch` where no broker answers within twice `patience`, or cannot be asked this: see `is_unsupported`.
pub fn ask<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topics: &BTreeSet<&str>,
    patience: Duration,
) -> KafkaResult<BTreeMap<String, TopicId>> {
    let Some(first) = topics.first() else { return Ok(BTreeMap::new()) };
    // The client would wait for the controller, which not every broker names: any other one knows as much.
    let metadata = consumer.fetch_metadata(Some(first), patience)?;
    // The one that has answered, unless the client does not know its number yet.
    let answered = Some(metadata.orig_broker_id()).filter(|id| *id >= 0);
    let broker = answered.or_else(|| Some(metadata.brokers().first()?.id()));
    let broker = broker.ok_or(KafkaError::MetadataFetch(Code::BrokerNotAvailable))?;
    let names: Vec<CString> = topics.iter().map(|topic| CString::new(*topic)).collect::<Result<_, _>>()?;
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    let client = consumer.client().native_ptr();
    let operation = native::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
    let mut refusal = [0; 256];
    // SAFETY: the client lives as long as `consumer`. The names are copied by the call. What each of the first three calls
    // returns is released by the function that undoes it, once, after its last use below; the event before its queue.
    let answer = unsafe {
        let collection = native::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
        let collection = Held::new(collection, native::rd_kafka_TopicCollection_destroy)?;
        let options = native::rd_kafka_AdminOptions_new(client, operation);
        let options = Held::new(options, native::rd_kafka_AdminOptions_destroy)?;
        let queue = Held::new(native::rd_kafka_queue_new(client), native::rd_kafka_queue_destroy)?;
        let (text, size) = (refusal.as_mut_ptr(), refusal.len());
        check(native::rd_kafka_AdminOptions_set_request_timeout(options.get(), millis(patience), text, size))?;
        check(native::rd_kafka_AdminOptions_set_broker(options.get(), broker, text, size))?;
        native::rd_kafka_DescribeTopics(client, collection.get(), options.get(), queue.get());
        let event = native::rd_kafka_queue_poll(queue.get(), millis(patience + LENIENCE));
        let event = Held::new(event, native::rd_kafka_event_destroy)
            .map_err(|_| KafkaError::MetadataFetch(Code::OperationTimedOut))?;
        check(native::rd_kafka_event_error(event.get()))?;
        read(event.get())
    };
    Ok(answer)
}

/// Whether the broker, or the one that stands for it in a demonstration, does not know the request. There is nothing to
/// compare then, and nothing to say of it.
pub fn is_unsupported(error: &KafkaError) -> bool {
    let code = error.rdkafka_error_code();
    matches!(code, Some(Code::UnsupportedFeature | Code::UnsupportedVersion | Code::NotImplemented))
}

/// What the answer says.
///
/// # Safety
/// The event must be one of the client's, not yet destroyed.
unsafe fn read(event: *mut native::rd_kafka_event_t) -> BTreeMap<String, TopicId> {
    let mut ids = BTreeMap::new();
    // SAFETY: all that is read here belongs to the event, whose accessors take null for nothing at all; the array has as
    // many pointers as the call says, some of which are null where the broker left a topic out.
    unsafe {
        let result = native::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return ids;
        }
        let mut count = 0;
        let described = native::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if described.is_null() {
            return ids;
        }
        for topic in slice::from_raw_parts(described, count).iter().copied().filter(|topic| !topic.is_null()) {
            if native::rd_kafka_error_code(native::rd_kafka_TopicDescription_error(topic)) != NO_ERROR {
                continue;
            }
            let id = native::rd_kafka_TopicDescription_topic_id(topic);
            let halves =
                [native::rd_kafka_Uuid_most_significant_bits(id), native::rd_kafka_Uuid_least_significant_bits(id)];
            let [most, least] = halves.map(|half| u128::from(half.cast_unsigned()));
            let id = TopicId(most << 64 | least);
            if id != TopicId(0) {
                let name = CStr::from_ptr(native::rd_kafka_TopicDescription_name(topic));
                ids.insert(name.to_string_lossy().into_owned(), id);
            }
        }
    }
    ids
}

const NO_ERROR: native::rd_kafka_resp_err_t = native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;

fn check(code: native::rd_kafka_resp_err_t) -> KafkaResult<()> {
    if code == NO_ERROR { Ok(()) } else { Err(KafkaError::MetadataFetch(code.into())) }
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

/// Something of the client's that is released when it is dropped.
struct Held<T> {
    pointer: NonNull<T>,
    release: unsafe extern "C" fn(*mut T),
}

impl<T> Held<T> {
    /// # Safety
    /// `pointer` is null or what `release` releases, and nobody else releases it.
    unsafe fn new(pointer: *mut T, release: unsafe extern "C" fn(*mut T)) -> KafkaResult<Self> {
        let pointer = NonNull::new(pointer).ok_or(KafkaError::MetadataFetch(Code::Fail))?;
        Ok(Self { pointer, release })
    }

    fn get(&self) -> *mut T {
        self.pointer.as_ptr()
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        // SAFETY: as `new` was promised.
        unsafe { (self.release)(self.pointer.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::ClientConfig;
    use rdkafka::mocking::MockCluster;

    use super::*;

    #[test]
    fn an_id_is_written_as_kafkas_tools_write_it() {
        let id = TopicId(0xfb6f_3c1f_66a4_4cd4_9d1c_5b3c_1d2e_3f40);
        assert_eq!(id.to_string(), "-288H2akTNSdHFs8HS4_QA");
        assert_eq!(TopicId::parse(&id.to_string()), Some(id));
        for text in ["", "x", "-288H2akTNSdHFs8HS4_QA==", "-288H2akTNSdHFs8HS4_QAAA", "not an id at all"] {
            assert_eq!(TopicId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_topic_that_is_not_there_is_left_out_and_the_others_keep_their_ids() {
        let broker = MockCluster::new(1).unwrap();
        broker.create_topic("one", 3, 1).unwrap();
        broker.create_topic("two", 1, 1).unwrap();
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", broker.bootstrap_servers())
            .set("allow.auto.create.topics", "false")
            .create()
            .unwrap();
        let patience = Duration::from_secs(20);
        let ids = ask(&consumer, &BTreeSet::from(["one", "two", "none"]), patience).unwrap();
        assert_eq!(ids.keys().collect::<Vec<_>>(), ["one", "two"]);
        assert_ne!(ids["one"], ids["two"]);
        assert_eq!(ask(&consumer, &BTreeSet::from(["one"]), patience).unwrap()["one"], ids["one"]);
        assert_eq!(ask(&consumer, &BTreeSet::new(), patience).unwrap(), BTreeMap::new());
    }

    #[test]
    fn nobody_answers_in_time() {
        let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", "127.0.0.1:1").create().unwrap();
        let error = ask(&consumer, &BTreeSet::from(["one"]), Duration::from_millis(200)).unwrap_err();
        assert!(!is_unsupported(&error), "{error}");
        assert!(is_unsupported(&KafkaError::MetadataFetch(Code::UnsupportedVersion)));
    }
}
