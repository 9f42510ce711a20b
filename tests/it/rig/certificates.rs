//! Certificates: an authority of one's own, and what it issues to servers and clients.

use std::fs;
use std::path::{Path, PathBuf};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name, X509NameBuilder};

use super::keeper;

/// Signs certificates; whoever trusts [`Authority::certificate`] trusts all of them.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    certificate: X509,
    key: PKey<Private>,
}

/// A certificate with its key, as files of PEM.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key, as PKCS #8 without a password.
    pub key: PathBuf,
    /// Both in one file, as a Kafka broker takes them.
    pub keystore: PathBuf,
}

impl Authority {
    /// A new one, with a certificate that it has signed itself.
    pub fn new(name: &str) -> Self {
        let key = new_key();
        let certificate = sign(name, None, &key, None);
        let authority = Self { folder: keeper::folder("certificates"), certificate, key };
        write(&authority.certificate(), &authority.certificate.to_pem().expect("a certificate can be written"));
        authority
    }

    /// Its own certificate, as PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// Issues a certificate to that name; a server's also says under which host name it may be met.
    pub fn issue(&self, name: &str, host: Option<&str>) -> Issued {
        let key = new_key();
        let certificate = sign(name, host, &key, Some(self)).to_pem().expect("a certificate can be written");
        let key = key.private_key_to_pem_pkcs8().expect("a key can be written");
        let file = |kind: &str| self.folder.join(format!("{name}.{kind}.pem"));
        let issued = Issued { certificate: file("certificate"), key: file("key"), keystore: file("keystore") };
        write(&issued.certificate, &certificate);
        write(&issued.key, &key);
        write(&issued.keystore, &[key, certificate].concat());
        issued
    }
}

/// An X.509 v3 certificate for that key, valid for a day; signed by the authority, or by itself as one.
fn sign(name: &str, host: Option<&str>, key: &PKey<Private>, by: Option<&Authority>) -> X509 {
    let subject = common_name(name);
    let mut builder = X509::builder().expect("OpenSSL makes certificates");
    builder.set_version(2).expect("v3 is written as 2");
    let mut serial = [0; 8];
    openssl::rand::rand_bytes(&mut serial).expect("OpenSSL has random bytes");
    let serial = BigNum::from_slice(&serial).and_then(|number| number.to_asn1_integer());
    builder.set_serial_number(&serial.expect("a number is an integer")).expect("an integer is a serial number");
    builder.set_subject_name(&subject).expect("a name is a subject");
    builder.set_issuer_name(by.map_or(&subject, |by| by.certificate.subject_name())).expect("a name is an issuer");
    builder.set_pubkey(key).expect("a key has a public half");
    let [from, until] = [0, 1].map(|days| Asn1Time::days_from_now(days).expect("tomorrow is a time"));
    builder.set_not_before(&from).expect("now is a beginning");
    builder.set_not_after(&until).expect("tomorrow is an end");
    let mut constraints = BasicConstraints::new();
    constraints.critical();
    if by.is_none() {
        constraints.ca();
    }
    builder.append_extension(constraints.build().expect("a constraint")).expect("an extension fits");
    if let Some(host) = host {
        let names = SubjectAlternativeName::new().dns(host).build(&builder.x509v3_context(None, None));
        builder.append_extension(names.expect("a host name")).expect("an extension fits");
    }
    builder.sign(by.map_or(key, |by| &by.key), MessageDigest::sha256()).expect("a key signs");
    builder.build()
}

fn common_name(name: &str) -> X509Name {
    let mut builder = X509NameBuilder::new().expect("OpenSSL makes names");
    builder.append_entry_by_text("CN", name).expect("a common name");
    builder.build()
}

fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("OpenSSL has P-256");
    EcKey::generate(&group).and_then(PKey::from_ec_key).expect("OpenSSL makes keys")
}

fn write(path: &Path, pem: &[u8]) {
    fs::write(path, pem).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
