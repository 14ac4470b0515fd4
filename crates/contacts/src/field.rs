/// A column of a contact file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The whole name.
    Name,
    /// The given name; joined with the family name when there is no whole one.
    GivenName,
    /// The family name.
    FamilyName,
    /// E-mail address.
    Email,
    /// Phone number.
    Phone,
    /// Postal address.
    Address,
    /// Identifier of the pipeline.
    Pipeline,
    /// Identifier or name of the stage.
    Stage,
    /// E-mail address of the user who looks after the contact.
    Assignee,
    /// A first note.
    Note,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Email,
        Self::Phone,
        Self::Address,
        Self::Pipeline,
        Self::Stage,
        Self::Assignee,
        Self::Note,
    ];

    /// Its name in files and answers.
    pub fn id(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Assignee => "assignee",
            Self::Note => "note",
        }
    }

    /// Other names that files use, in lower case without spaces and punctuation.
    fn synonyms(self) -> &'static [&'static str] {
        match self {
            Self::Name => &["name", "fullname", "contact", "contactname", "displayname"],
            Self::GivenName => &["givenname", "firstname", "first"],
            Self::FamilyName => &["familyname", "lastname", "last", "surname"],
            Self::Email => &["email", "emailaddress", "mail", "email1value"],
            Self::Phone => {
                &["phone", "phonenumber", "telephone", "mobile", "mobilephone", "cell", "phone1value"]
            }
            Self::Address => &["address", "postaladdress", "streetaddress", "mailingaddress", "homeaddress"],
            Self::Pipeline => &["pipeline", "vertical"],
            Self::Stage => &["stage", "status", "pipelinestage", "leadstatus"],
            Self::Assignee => &["assignee", "assignedto", "owner", "agent"],
            Self::Note => &["note", "notes", "comment", "comments", "remarks"],
        }
    }

    /// The field that a column of this name holds.
    pub fn of_column(name: &str) -> Option<Self> {
        let bare: String =
            name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        Self::ALL.into_iter().find(|field| field.synonyms().contains(&bare.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn columns_are_known_by_the_names_that_files_give_them() {
        for (name, field) in [
            ("E-mail Address", Field::Email),
            ("First Name", Field::GivenName),
            ("PHONE", Field::Phone),
            ("assigned_to", Field::Assignee),
        ] {
            assert_eq!(Field::of_column(name), Some(field), "{name}");
        }
        assert_eq!(Field::of_column("favourite colour"), None);
    }

    #[test]
    fn no_two_fields_share_a_name() {
        let all: Vec<&str> =
            Field::ALL.into_iter().flat_map(|field| field.synonyms().iter().copied()).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert!(Field::ALL.into_iter().all(|field| Field::of_column(field.id()) == Some(field)));
    }
}
