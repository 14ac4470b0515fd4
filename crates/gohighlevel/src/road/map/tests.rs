use connect::ghl::contacts::Dnd;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T12:00:00Z")
}

fn ana() -> Contact {
    Contact {
        id: "c".into(),
        first_name: Some("Ana".into()),
        last_name: Some(" Díaz ".into()),
        email: Some("ana@example.com".into()),
        source: Some("Zillow".into()),
        tags: vec!["buyer".into(), "ehub-hot".into()],
        added_at: Some(at("2026-11-01T08:00:00Z")),
        updated_at: Some(at("2026-11-20T08:00:00Z")),
        ..Contact::default()
    }
}

#[test]
fn a_person_has_the_names_that_were_given_and_is_never_without_any() {
    assert_eq!(personal(&ana()).name.as_deref(), Some("Ana Díaz"));
    let nobody = Contact { id: "c".into(), email: Some("  ".into()), ..Contact::default() };
    assert_eq!(personal(&nobody).name.as_deref(), Some(NAMELESS));
    let numbered = Contact { phone: Some("+12065550100".into()), ..nobody };
    assert_eq!(personal(&numbered).name, None, "a number is enough");
}

#[test]
fn an_address_is_one_text_and_a_country_alone_is_none() {
    let mut contact = Contact { country: Some("US".into()), ..ana() };
    assert_eq!(personal(&contact).address, None);
    contact.city = Some("Seattle".into());
    contact.state = Some("WA".into());
    contact.postal_code = Some("98101".into());
    assert_eq!(personal(&contact).address.as_deref(), Some("Seattle, WA 98101, US"));
}

#[test]
fn who_is_not_to_be_disturbed_is_told_for_every_channel_and_unknown_words_forbid() {
    let dnd = |status: &str| Dnd { status: status.into(), message: None, code: None };
    let mut contact = ana();
    for (name, status) in [("SMS", "active"), ("Email", "inactive"), ("Call", "permanent"), ("FB", "someday")]
    {
        contact.dnd_settings.insert(name.into(), dnd(status));
    }
    let told = do_not_disturb(&contact);
    let of = |wanted| told.iter().find(|(channel, _)| *channel == wanted).unwrap().1;
    assert_eq!(told.len(), Channel::ALL.len());
    assert_eq!((of(Channel::Sms), of(Channel::Email)), (DoNotDisturb::On, DoNotDisturb::Off));
    assert_eq!((of(Channel::Voice), of(Channel::Messenger)), (DoNotDisturb::Permanent, DoNotDisturb::On));
    contact.dnd = Some(true);
    let all = do_not_disturb(&contact);
    assert!(all.iter().all(|(_, dnd)| *dnd != DoNotDisturb::Off));
    assert_eq!(
        all.iter().find(|(channel, _)| *channel == Channel::Voice).unwrap().1,
        DoNotDisturb::Permanent
    );
}

#[test]
fn labels_come_and_go_and_our_own_are_no_news() {
    let first = SeenContact::of(&ana());
    assert_eq!(first.tags, ["buyer"]);
    let arrived = of_contact(&ana(), None, &first, now());
    assert_eq!(arrived.len(), 2);
    assert_eq!(arrived[0].happening.as_ref().unwrap().what, What::Arrived { source: LeadSource::Portal });
    assert_eq!(arrived[1].happening.as_ref().unwrap().at, at("2026-11-01T08:00:00Z"));

    let changed = Contact { tags: vec!["seller".into(), "ehub-warm".into()], ..ana() };
    let second = SeenContact::of(&changed);
    let told = of_contact(&changed, Some(&first), &second, now());
    let tags: Vec<_> = told[1..].iter().map(|entry| entry.happening.clone().unwrap()).collect();
    let tag = |tag: &str, added| What::Tag { tag: tag.into(), added };
    assert_eq!(
        tags.iter().map(|it| it.what.clone()).collect::<Vec<_>>(),
        [tag("seller", true), tag("buyer", false)]
    );
    assert!(tags.iter().all(|it| it.at == at("2026-11-20T08:00:00Z")));
    assert_eq!(told, of_contact(&changed, Some(&first), &second, now()), "the same names every time");
}

#[test]
fn an_appointment_that_is_on_again_is_told_once() {
    let mut appointment = Appointment {
        id: "a".into(),
        calendar: None,
        contact: None,
        status: Some("confirmed".into()),
        title: None,
        starts_at: Some(at("2026-11-25T10:00:00Z")),
        ends_at: None,
        assigned_to: None,
        added_at: Some(at("2026-11-20T10:00:00Z")),
        updated_at: None,
    };
    let steps = |appointment: &Appointment, had| -> Vec<What> {
        let told = of_appointment(appointment, had, now());
        told.into_iter().map(|entry| entry.happening.unwrap().what).collect()
    };
    let what = |step| What::Appointment { appointment: "a".into(), step };
    let booked = what(AppointmentStep::Booked { starts: at("2026-11-25T10:00:00Z") });
    assert_eq!(steps(&appointment, false), std::slice::from_ref(&booked));
    appointment.status = Some("cancelled".into());
    assert_eq!(steps(&appointment, false), [booked.clone(), what(AppointmentStep::Cancelled)]);
    appointment.status = Some("confirmed".into());
    let again: leads::timeline::Timeline = of_appointment(&appointment, true, now()).into_iter().collect();
    assert_eq!(again.as_of(now()).len(), 1);
}

#[test]
fn what_is_no_message_is_none() {
    let message = |kind: &str| Message {
        id: "m".into(),
        conversation: None,
        contact: None,
        kind: Some(kind.into()),
        is_inbound: Some(true),
        status: None,
        body: None,
        at: None,
        error_code: None,
        user: None,
        seconds: Some(61),
    };
    assert_eq!(channel(&message("TYPE_SMS")), Some(Channel::Sms));
    assert_eq!(channel(&message("TYPE_LIVE_CHAT")), Some(Channel::Chat));
    assert_eq!(channel(&message("TYPE_ACTIVITY_OPPORTUNITY")), None);
    let call = of_message(&message("TYPE_CALL"), Channel::Voice, true, now());
    let what = What::Call { direction: Direction::Inbound, seconds: 61 };
    assert_eq!(call.happening.unwrap(), Happening { at: now(), what });
}
