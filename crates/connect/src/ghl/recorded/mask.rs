use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

/// Members that are secrets, in lower case.
const SECRETS: [&str; 12] = [
    "access_token",
    "refresh_token",
    "client_secret",
    "client_id",
    "code",
    "accesstoken",
    "refreshtoken",
    "clientsecret",
    "clientid",
    "authorization",
    "apikey",
    "password",
];
/// Members that tell of people, in lower case.
const PERSONAL: [&str; 40] = [
    "name",
    "firstname",
    "lastname",
    "fullname",
    "contactname",
    "firstnamelowercase",
    "lastnamelowercase",
    "fullnamelowercase",
    "emaillowercase",
    "companyname",
    "email",
    "additionalemails",
    "emailfrom",
    "emailto",
    "emailcc",
    "emailbcc",
    "from",
    "to",
    "phone",
    "phonelabel",
    "additionalphones",
    "number",
    "address",
    "address1",
    "city",
    "postalcode",
    "dateofbirth",
    "website",
    "body",
    "message",
    "html",
    "subject",
    "title",
    "description",
    "notes",
    "ssn",
    "ip",
    "query",
    "q",
    "lastmessagebody",
];
/// Below these, names are of things: they stay.
const THINGS: [&str; 9] = [
    "pipelines",
    "stages",
    "workflows",
    "calendars",
    "customfields",
    "customfield",
    "tags",
    "locations",
    "lostreasons",
];
/// Members of custom fields that hold what a person said.
const VALUES: [&str; 5] = ["value", "field_value", "fieldvalue", "fieldvaluestring", "fieldvaluearray"];

/// Replaces what is secret or personal; the same value always by the same stand-in.
#[derive(Clone, Debug, Default)]
pub struct Masker {
    known: BTreeMap<String, String>,
}

impl Masker {
    /// A body: JSON, a form, or text.
    pub fn body(&mut self, body: &[u8]) -> String {
        if let Ok(mut value) = serde_json::from_slice::<Value>(body) {
            self.value("", &mut value, false);
            return value.to_string();
        }
        let text = String::from_utf8_lossy(body);
        let is_form = text.contains('=') && !text.contains(char::is_whitespace) && !text.contains('<');
        if is_form { self.form(&text) } else { mask_text(&text) }
    }

    /// Path and query of an address.
    pub fn target(&mut self, url: &Url) -> String {
        match url.query() {
            Some(query) => format!("{}?{}", url.path(), self.form(query)),
            None => url.path().to_owned(),
        }
    }

    fn form(&mut self, text: &str) -> String {
        let mut masked = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let value = self.text(&name.to_ascii_lowercase(), &value, false);
            masked.append_pair(&name, &value);
        }
        masked.finish()
    }

    fn value(&mut self, name: &str, value: &mut Value, is_thing: bool) {
        match value {
            Value::Object(members) => {
                for (name, value) in members.iter_mut() {
                    let name = name.to_ascii_lowercase();
                    let is_thing = is_thing || THINGS.contains(&name.as_str());
                    self.value(&name, value, is_thing);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(name, item, is_thing)),
            Value::String(text) => *text = self.text(name, text, is_thing),
            Value::Number(number) if is_hidden(name, is_thing) => {
                *value = Value::from(self.stand_in(name, &number.to_string()));
            }
            _ => {}
        }
    }

    fn text(&mut self, name: &str, text: &str, is_thing: bool) -> String {
        if text.is_empty() {
            return String::new();
        }
        if SECRETS.contains(&name) {
            return "masked".to_owned();
        }
        if is_hidden(name, is_thing) {
            return self.stand_in(name, text);
        }
        mask_text(text)
    }

    fn stand_in(&mut self, name: &str, text: &str) -> String {
        let key = text.trim().to_lowercase();
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        // What is a stand-in already stays one: recordings of recordings.
        if self.known.values().any(|known| *known == text) {
            return text.to_owned();
        }
        let count = self.known.len() + 1;
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let is_phone =
            digits >= 7 && text.chars().all(|letter| letter.is_ascii_digit() || " +-().".contains(letter));
        let made = if text.contains('@') && !text.contains(char::is_whitespace) {
            format!("person-{count}@example.com")
        } else if is_phone {
            // 555-01xx is set aside for fiction (North American Numbering Plan).
            format!("+1555555{:04}", 100 + count)
        } else {
            format!("{}-{count}", if name.is_empty() { "text" } else { name })
        };
        self.known.insert(key, made.clone());
        made
    }
}

fn is_hidden(name: &str, is_thing: bool) -> bool {
    if is_thing { VALUES.contains(&name) } else { PERSONAL.contains(&name) }
}

/// Replaces e-mail addresses, phone numbers and tokens within a text, for messages that are kept.
pub fn mask_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_whitespace() || "\"'<>,;[]{}".contains(letter) {
            out.push_str(&masked_word(&word));
            word.clear();
            out.push(letter);
        } else {
            word.push(letter);
        }
    }
    out.pop();
    masked_numbers(&out)
}

fn masked_word(word: &str) -> String {
    let at = word.find('@');
    if at.is_some_and(|at| at > 0 && word[at + 1..].contains('.')) {
        return "[e-mail]".to_owned();
    }
    let is_token = word.len() > 40 && word.starts_with("ey") && word.matches('.').count() == 2;
    if is_token || word.starts_with("pit-") && word.len() > 30 {
        return "[token]".to_owned();
    }
    word.to_owned()
}

/// Runs of digits, with what people write between them, that may be phone numbers.
fn masked_numbers(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut index = 0;
    while index < letters.len() {
        let is_start = letters[index].is_ascii_digit() || letters[index] == '+' || letters[index] == '(';
        let is_inside =
            index > 0 && (letters[index - 1].is_alphanumeric() || "_-./".contains(letters[index - 1]));
        if !is_start || is_inside {
            out.push(letters[index]);
            index += 1;
            continue;
        }
        let run = letters[index..]
            .iter()
            .take_while(|letter| letter.is_ascii_digit() || "+-(). ".contains(**letter));
        let mut run: Vec<char> = run.copied().collect();
        while run.last().is_some_and(|letter| !letter.is_ascii_digit()) {
            run.pop();
        }
        let next = letters.get(index + run.len());
        let is_part = next.is_some_and(|letter| letter.is_alphanumeric() || "_:".contains(*letter));
        if run.is_empty() || is_part || !is_phone(&run) {
            let end = index + run.len().max(1);
            out.extend(&letters[index..end]);
            index = end;
        } else {
            out.push_str("[number]");
            index += run.len();
        }
    }
    out
}

fn is_phone(run: &[char]) -> bool {
    let digits = run.iter().filter(|letter| letter.is_ascii_digit()).count();
    let is_date = run.len() == 10 && run[4] == '-' && run[7] == '-';
    let is_plain = digits == run.len();
    let range = if is_plain { 10..=12 } else { 7..=15 };
    range.contains(&digits) && !is_date
}
