//! Signing in as a browser does.

use crate::{fault::Fault, http};

/// Follows a sign-in link of the hub at `base`; the session as a `Cookie` header value.
///
/// Works whether the link signs in at once or shows a page with a button, as it does to keep link
/// previews from using it up.
pub fn follow(base: &str, link: &str) -> Result<String, Fault> {
    let path = link.strip_prefix(base).unwrap_or("/");
    let page = http::request(base, "GET", path, &[], "")?;
    let mut cookies: Vec<String> = page.cookies().into_iter().map(str::to_owned).collect();
    if page.status == 200 {
        let (action, fields) = form(&page.body)
            .ok_or_else(|| Fault::new(format!("the sign-in page has no form:\n{}", page.body)))?;
        let cookie = cookies.join("; ");
        let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded"), ("Origin", base)];
        if !cookie.is_empty() {
            headers.push(("Cookie", &cookie));
        }
        let answer = http::request(base, "POST", action.as_deref().unwrap_or(path), &headers, &fields)?;
        cookies.extend(answer.cookies().into_iter().map(str::to_owned));
    }
    if cookies.is_empty() {
        return Err(Fault::new(format!("the sign-in link {link} gave no session")));
    }
    Ok(cookies.join("; "))
}

/// Action and encoded hidden fields of the last POST form of a page.
fn form(page: &str) -> Option<(Option<String>, String)> {
    let start = page
        .match_indices("<form")
        .map(|(at, _)| at)
        .filter(|at| {
            page[*at..]
                .split('>')
                .next()
                .is_some_and(|tag| tag.to_ascii_lowercase().contains("method=\"post\""))
        })
        .last()?;
    let form = page[start..].split("</form").next()?;
    let action = attribute(form.split('>').next()?, "action");
    let fields: Vec<String> = form
        .split('<')
        .filter(|tag| tag.starts_with("input"))
        .filter_map(|tag| Some(format!("{}={}", attribute(tag, "name")?, encode(&attribute(tag, "value")?))))
        .collect();
    Some((action, fields.join("&")))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&amp;", "&"))
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::form;

    #[test]
    fn a_sign_in_form_gives_its_action_and_fields() {
        let page = r#"<form method="post" action="/sign-in"><input type="hidden" name="token" value="a+b"><button>Go</button></form>"#;
        assert_eq!(form(page), Some((Some("/sign-in".to_owned()), "token=a%2Bb".to_owned())));
    }
}
