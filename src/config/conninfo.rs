//! The two forms of a PostgreSQL connection string, a URL and a list of key=value, taken apart into parameters.
//!
//! Source: PostgreSQL's manual, 34.1.1 "Connection Strings".

/// What the string says, in its order: names of parameters as libpq knows them, and their values.
///
/// A URL's hosts and ports come as one `host` and one `port`, separated by commas, as key=value writes them.
pub(super) type Parameters = Vec<(String, String)>;

/// What is wrong with the form of a connection string. It never quotes the string, which holds a password.
pub(super) type Fault = &'static str;

const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// Takes either form apart.
pub(super) fn parameters(text: &str) -> Result<Parameters, Fault> {
    if text.starts_with("jdbc:") {
        return Err("it is a URL for Java: leave out `jdbc:`");
    }
    match SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)) {
        Some(rest) => url(rest),
        None if text.contains("://") => Err("a URL begins with postgresql://"),
        None => list(text),
    }
}

/// `[user[:password]@][host[:port][,…]][/dbname][?key=value[&…]]`, each part percent-encoded.
fn url(text: &str) -> Result<Parameters, Fault> {
    let mut parameters = Parameters::new();
    let mut add = |name: &str, value: String| parameters.push((name.to_owned(), value));
    let (authority, rest) = text.split_at(text.find(['/', '?']).unwrap_or(text.len()));
    // An @ that should have been written %40 is taken as a part of the password.
    let (login, hosts) = authority.rsplit_once('@').map_or((None, authority), |(login, hosts)| (Some(login), hosts));
    if let Some(login) = login {
        let (user, password) = login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
        if !user.is_empty() {
            add("user", decoded(user)?);
        }
        if let Some(password) = password {
            add("password", decoded(password)?);
        }
    }
    if !hosts.is_empty() {
        let (mut names, mut ports) = (Vec::new(), Vec::new());
        for host in hosts.split(',') {
            let (name, port) = host_and_port(host)?;
            names.push(decoded(name)?);
            ports.push(decoded(port)?);
        }
        add("host", names.join(","));
        // Without any, the query may still name one for all.
        if ports.iter().any(|port| !port.is_empty()) {
            add("port", ports.join(","));
        }
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if let Some(database) = path.strip_prefix('/').filter(|name| !name.is_empty()) {
        add("dbname", decoded(database)?);
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or("behind its ? stands something that is not key=value")?;
        let (name, value) = (decoded(name)?, decoded(value)?);
        match (name.as_str(), value.as_str()) {
            // As libpq takes the JDBC driver's name for it, in URLs only.
            ("ssl", "true") => add("sslmode", "require".to_owned()),
            _ => add(&name, value),
        }
    }
    Ok(parameters)
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`; no port is an empty one.
fn host_and_port(text: &str) -> Result<(&str, &str), Fault> {
    const FORM: Fault = "a host is written host:port, an IPv6 address in brackets; a / in a user, a password or a \
                         socket's folder is written %2F";
    let (host, rest) = match text.strip_prefix('[') {
        Some(inside) => inside.split_once(']').ok_or(FORM)?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = if rest.is_empty() { "" } else { rest.strip_prefix(':').ok_or(FORM)? };
    if host.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FORM);
    }
    Ok((host, port))
}

fn decoded(text: &str) -> Result<String, Fault> {
    const FORM: Fault = "a % in it is not followed by two hexadecimal digits; a % itself is written %25";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = behind;
            continue;
        }
        let (digits, behind) = behind.split_first_chunk::<2>().ok_or(FORM)?;
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let [high, low] = digits.map(digit);
        let byte = high.ok_or(FORM)? << 4 | low.ok_or(FORM)?;
        if byte == 0 {
            return Err("it holds the character NUL");
        }
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8(bytes).map_err(|_| "its percent-encoding is not UTF-8")
}

/// `key = value …`; a value with blanks in it stands in single quotes, a backslash takes the next character as it is.
fn list(text: &str) -> Result<Parameters, Fault> {
    let mut parameters = Parameters::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, behind) = rest.split_once('=').ok_or("it is neither a URL nor a list of key=value")?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err("it is not a list of key=value: a value with a blank in it stands in single quotes");
        }
        let (value, behind) = value(behind.trim_start())?;
        parameters.push((name.to_owned(), value));
        rest = behind.trim_start();
    }
    Ok(parameters)
}

/// The value at the beginning of a text, and what stands behind it.
fn value(text: &str) -> Result<(String, &str), Fault> {
    let (is_quoted, text) = text.strip_prefix('\'').map_or((false, text), |inside| (true, inside));
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '\'' if is_quoted => return Ok((value, &text[place + 1..])),
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            _ if !is_quoted && character.is_whitespace() => return Ok((value, &text[place..])),
            _ => value.push(character),
        }
    }
    if is_quoted { Err("a quoted value has no end") } else { Ok((value, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parameters(text) {
            Ok(parameters) => {
                parameters.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(" ")
            }
            Err(fault) => format!("fault: {fault}"),
        }
    }

    #[test]
    fn both_forms_are_taken_apart_as_libpq_does() {
        for (text, expected) in [
            ("postgresql://h", r#"host="h""#),
            (
                "postgres://u:p%40ss%2Fword@h:5433/d%20b?sslmode=verify-full&application_name=a%26b",
                r#"user="u" password="p@ss/word" host="h" port="5433" dbname="d b" sslmode="verify-full" application_name="a&b""#,
            ),
            ("postgresql://u:a@b@h/d", r#"user="u" password="a@b" host="h" dbname="d""#),
            ("postgresql://u@a:1,b,[::1]:3/d", r#"user="u" host="a,b,::1" port="1,,3" dbname="d""#),
            ("postgresql://a,b/d?port=6432", r#"host="a,b" dbname="d" port="6432""#),
            ("postgresql://u@%2Frun%2Fpg:5433/d", r#"user="u" host="/run/pg" port="5433" dbname="d""#),
            ("postgresql:///d?host=/run/pg&user=u", r#"dbname="d" host="/run/pg" user="u""#),
            ("postgresql://h?options=-c%20a%3Db", r#"host="h" options="-c a=b""#),
            ("postgresql://h/d?application_name=me@here", r#"host="h" dbname="d" application_name="me@here""#),
            ("postgresql://h/d?ssl=true", r#"host="h" dbname="d" sslmode="require""#),
            (
                "host=h user = 'a b' password='it\\'s' options=-c\\ x=1",
                r#"host="h" user="a b" password="it's" options="-c x=1""#,
            ),
            ("  host=a,b\n port=1,2 password='' ", r#"host="a,b" port="1,2" password="""#),
            (
                "postgresql://u:a/b@h/d",
                r"fault: a host is written host:port, an IPv6 address in brackets; a / in a user, a password or a socket's folder is written %2F",
            ),
            ("postgresql://h/d?x", "fault: behind its ? stands something that is not key=value"),
            (
                "postgresql://u:50%@h/d",
                "fault: a % in it is not followed by two hexadecimal digits; a % itself is written %25",
            ),
            ("postgresql://u:%ff@h/d", "fault: its percent-encoding is not UTF-8"),
            ("postgresql://u:%00@h/d", "fault: it holds the character NUL"),
            ("jdbc:postgresql://h/d", "fault: it is a URL for Java: leave out `jdbc:`"),
            ("mysql://h/d", "fault: a URL begins with postgresql://"),
            ("h", "fault: it is neither a URL nor a list of key=value"),
            (
                "password=a word host=h",
                "fault: it is not a list of key=value: a value with a blank in it stands in single quotes",
            ),
            ("password='a", "fault: a quoted value has no end"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
