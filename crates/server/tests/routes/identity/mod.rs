//! Who may come in, and as what.

mod keys;
mod members;
mod provider;
mod second_step;
mod users;

use server::testing::Answer;

/// The text of the element with the secret that a page shows once.
fn secret(answer: &Answer) -> String {
    let text = answer.text();
    let rest =
        text.split("<pre class=\"secret-list\">").nth(1).unwrap_or_else(|| panic!("no secret: {text}"));
    rest.split('<').next().unwrap_or_default().to_owned()
}
