//! One trial: a fault is laid, a deed is done, and what comes of it is compared with what must.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};

use super::{
    plan::{Case, Deed, End},
    site::{Site, until},
};
use crate::{command::quiet, fault::Fault};

/// How long after the end it is looked whether something happened a second time.
const SETTLE: Duration = Duration::from_millis(700);

/// What came of a trial.
pub struct Outcome {
    /// How long it took, or what is missing.
    pub ended: Result<Duration, String>,
    /// Whether the fault struck at all: a trial whose fault did not is none.
    pub struck: bool,
}

/// What a trial leaves behind, to be looked at again at the very end.
pub struct Mark {
    /// The contact in its location.
    pub remote: String,
    /// The text that must be there.
    pub text: String,
    /// What was done.
    pub deed: Deed,
    /// What the end must be.
    pub end: End,
}

/// Runs one trial; its number makes its texts unique.
pub fn run(site: &mut Site, case: &Case, number: usize) -> Result<(Outcome, Mark), Fault> {
    let text = format!("trial{number:05}");
    let remote = prepare(site, case)?;
    let rule = match &case.rule {
        Value::Null => None,
        members => {
            let mut rule = members.clone();
            rule["class"] = json!(case.class);
            rule["locationId"] = json!(site.location);
            Some(site.office("POST", "faults", &rule)?["id"].as_u64().unwrap_or_default())
        }
    };
    let told = told(site)?;
    let remote = act(site, case.deed, &remote, &text)?.unwrap_or(remote);
    let mark = Mark { remote, text, deed: case.deed, end: case.end };
    let ended = until(case.limit(), || match case.end {
        End::Told => missing_packet(site, told),
        _ => missing(site, &mark),
    })?;
    // Whoever does something twice does it soon.
    std::thread::sleep(SETTLE);
    let again = match (&ended, case.end) {
        (Ok(_), End::Told) | (Err(_), _) => None,
        (Ok(_), _) => missing(site, &mark)?,
    };
    let struck = match rule {
        Some(rule) => site.struck(rule)? > 0,
        None => true,
    };
    let ended = match again {
        Some(what) => Err(format!("afterwards: {what}")),
        None => ended,
    };
    Ok((Outcome { ended, struck }, mark))
}

/// A contact that the trial is about, known to the hub; for texts it has written first, for workflows it has agreed to theirs.
fn prepare(site: &mut Site, case: &Case) -> Result<String, Fault> {
    if case.deed == Deed::Add {
        return Ok(String::new());
    }
    let mut remote = site.fresh()?;
    // Who has a deal already is no case for a new one.
    while case.deed == Deed::Stage
        && site.truth(&remote)?["opportunities"].as_array().is_some_and(|deals| !deals.is_empty())
    {
        remote = site.fresh()?;
    }
    let known = until(Duration::from_secs(30), || {
        Ok(site.local(&remote)?.is_none().then(|| format!("{remote} is not known")))
    })?;
    known.map_err(Fault::new)?;
    if matches!(case.deed, Deed::Text | Deed::Enrol) {
        let ByDay { area, state, .. } = by_day()?;
        let phone = format!("+1{area}555{:04}", site.number());
        site.staff("PUT", &format!("/contacts/{remote}"), &json!({ "phone": phone, "state": state }))?;
        let asked = json!({ "locationId": site.location, "contactId": remote, "type": "SMS",
            "body": "Is the house still there?" });
        site.office("POST", "inbound", &asked)?;
        let lead = site.local(&remote)?.unwrap_or_default();
        let heard = until(Duration::from_secs(30), || {
            let (_, timeline) = site.hub("GET", &format!("/leads/{lead}/events"), &Value::Null)?;
            Ok((!timeline.to_string().contains("inbound")).then(|| "the message did not arrive".to_owned()))
        })?;
        heard.map_err(Fault::new)?;
        if case.deed == Deed::Enrol {
            let now = quiet(Command::new("date").args(["-u", "-d", "-1 minute", "+%Y-%m-%dT%H:%M:%SZ"]))?;
            let agreed = json!({ "kind": "written", "at": now.trim(), "told_by": "team", "evidence": "the form of the trial" });
            let (status, answer) = site.hub("POST", &format!("/leads/{lead}/consent"), &agreed)?;
            if status != 201 {
                return Err(Fault::new(format!("a consent is answered {status}: {answer}")));
            }
        }
    }
    Ok(remote)
}

/// An instant so many days from now.
fn in_days(days: u32) -> Result<String, Fault> {
    let words = ["-u", "-d", &format!("+{days} days"), "+%Y-%m-%dT15:00:00Z"];
    Ok(quiet(Command::new("date").args(words))?.trim().to_owned())
}

/// Where in the United States it is a time of day at which people may be texted.
pub struct ByDay {
    /// An area code of theirs.
    pub area: u32,
    /// Their state.
    pub state: &'static str,
    /// Their time zone.
    pub zone: &'static str,
}

/// Where people may be texted now.
pub fn by_day() -> Result<ByDay, Fault> {
    let hour = quiet(Command::new("date").args(["-u", "+%H"]))?;
    let (area, state, zone) = match hour.trim().parse::<u32>().unwrap_or_default() {
        12 | 13 => (787, "PR", "America/Puerto_Rico"),
        14..=22 => (312, "IL", "America/Chicago"),
        23 | 0..=4 => (808, "HI", "Pacific/Honolulu"),
        5..=9 => (671, "GU", "Pacific/Guam"),
        _ => {
            return Err(Fault::new(
                "at this hour nobody in the United States may be texted: try again at 12 o'clock UTC",
            ));
        }
    };
    Ok(ByDay { area, state, zone })
}

/// Does the deed; the contact that it made.
fn act(site: &mut Site, deed: Deed, remote: &str, text: &str) -> Result<Option<String>, Fault> {
    let action = match deed {
        Deed::Edit => {
            site.staff("PUT", &format!("/contacts/{remote}"), &json!({ "firstName": text }))?;
            return Ok(None);
        }
        Deed::Add => {
            let new = json!({ "locationId": site.location, "firstName": text, "email": format!("{text}@example.com") });
            let made = site.staff("POST", "/contacts/", &new)?;
            let id = made["contact"]["id"].as_str().map(str::to_owned);
            return id.map(Some).ok_or_else(|| Fault::new(format!("no contact was made: {made}")));
        }
        Deed::Note => json!({ "note": { "text": text } }),
        Deed::Task => json!({ "task": { "title": text, "due_at": in_days(2)? } }),
        Deed::Tag => json!({ "tags": { "add": [text], "remove": [] } }),
        Deed::Stage => json!({ "stage": { "pipeline": "residential", "stage": "qualified" } }),
        Deed::Enrol => json!({ "workflow": { "workflow": site.world["workflows"][0]["name"] } }),
        Deed::Book => {
            let calendar = &site.world["calendars"][0]["name"];
            json!({ "appointment": { "calendar": calendar, "starts_at": in_days(2)? } })
        }
        Deed::Text => {
            json!({ "message": { "channel": "sms", "text": format!("It is. {text}"), "purpose": "reply" } })
        }
    };
    let lead = site.local(remote)?.unwrap_or_default();
    let (status, answer) = site.hub("POST", &format!("/leads/{lead}/actions"), &action)?;
    match status {
        202 => Ok(None),
        _ => Err(Fault::new(format!("{action} is answered {status}: {answer}"))),
    }
}

/// What is not yet as it must be.
pub fn missing(site: &mut Site, mark: &Mark) -> Result<Option<String>, Fault> {
    let truth = site.truth(&mark.remote)?;
    if mark.end == End::Gone {
        let link = site.link(&mark.remote)?;
        let known = link["tombstoned_at"].is_null() && link["contact"].is_string();
        return Ok(known.then(|| "the hub still takes the contact for present".to_owned()));
    }
    let count = |list: &str, member: &str| {
        let rows = truth[list].as_array().into_iter().flatten();
        rows.filter(|row| row[member].as_str().is_some_and(|text| text.contains(&mark.text))).count()
    };
    let once = |what: &str, count: usize| (count != 1).then(|| format!("{what}: {count}, not one"));
    Ok(match (mark.deed, mark.end) {
        (Deed::Edit | Deed::Add, _) => {
            let copy = site.copy(&mark.remote)?;
            differing(&truth, &copy)
        }
        (Deed::Note, _) => once("notes", count("notes", "body")),
        (Deed::Task, _) => once("tasks", count("tasks", "title")),
        (Deed::Tag, _) => {
            let tags = truth["tags"].as_array().into_iter().flatten();
            once("tags", tags.filter(|tag| *tag == mark.text.as_str()).count())
        }
        (Deed::Stage, _) => once("deals", truth["opportunities"].as_array().map_or(0, Vec::len)),
        (Deed::Book, _) => once("appointments", truth["appointments"].as_array().map_or(0, Vec::len)),
        (Deed::Enrol, End::Another) => {
            let enrolled = truth["enrolments"].as_array().map_or(0, Vec::len);
            let tasks = truth["tasks"].as_array().map_or(0, Vec::len);
            once("enrolments and tasks for them", enrolled + tasks)
        }
        (Deed::Enrol, _) => once("enrolments", truth["enrolments"].as_array().map_or(0, Vec::len)),
        (Deed::Text, End::Another) => {
            let mails = truth["messages"].as_array().into_iter().flatten();
            let mails = mails.filter(|message| {
                message["messageType"].as_str().is_some_and(|kind| kind.contains("EMAIL"))
                    && message.to_string().contains(&mark.text)
            });
            let tasks = truth["tasks"].as_array().map_or(0, Vec::len);
            once("e-mails and tasks in the text's place", mails.count() + tasks)
        }
        (Deed::Text, End::Silent) => {
            let sent = count("messages", "body");
            let permanent = truth["dndSettings"]["SMS"]["status"] == "permanent";
            let lead = site.local(&mark.remote)?.unwrap_or_default();
            let draft = json!({ "channel": "sms", "purpose": "reply", "text": "Hello" });
            let (_, judged) = site.hub("POST", &format!("/leads/{lead}/gate"), &draft)?;
            if sent != 1 || !permanent {
                Some(format!("{sent} texts, do-not-disturb permanent: {permanent}"))
            } else {
                (judged["outcome"] != "refuse").then(|| format!("a further text would go out: {judged}"))
            }
        }
        (Deed::Text, _) => once("texts", count("messages", "body")),
    })
}

/// The first member in which the hub's copy of a contact differs from the truth.
pub fn differing(truth: &Value, copy: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
    if copy.is_null() {
        return Some("the hub has no copy".to_owned());
    }
    let name = format!("{} {}", text(&truth["firstName"]), text(&truth["lastName"]));
    for (member, truth, copy) in [
        ("name", name.trim().to_lowercase(), text(&copy["name"]).to_lowercase()),
        ("email", text(&truth["email"]).to_lowercase(), text(&copy["email"]).to_lowercase()),
        ("phone", text(&truth["phone"]), text(&copy["phone"])),
    ] {
        if truth != copy {
            return Some(format!("{member}: `{truth}` there, `{copy}` here"));
        }
    }
    None
}

/// How many packets there are for a person, repetitions counted.
fn told(site: &mut Site) -> Result<u64, Fault> {
    let (status, found) = site.hub("GET", "/gohighlevel/incidents", &Value::Null)?;
    if status != 200 {
        return Err(Fault::new(format!("incidents are answered {status}: {found}")));
    }
    let incidents = found.as_array().into_iter().flatten();
    Ok(incidents.map(|incident| incident["count"].as_u64().unwrap_or(1)).sum())
}

fn missing_packet(site: &mut Site, before: u64) -> Result<Option<String>, Fault> {
    Ok((told(site)? <= before).then(|| "nobody is told".to_owned()))
}
