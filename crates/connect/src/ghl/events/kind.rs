/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entity {
    /// A person.
    Contact,
    /// A note on a contact.
    Note,
    /// A task on a contact.
    Task,
    /// A deal in a pipeline.
    Opportunity,
    /// An appointment in a calendar.
    Appointment,
    /// A message of a conversation.
    Message,
    /// A conversation.
    Conversation,
    /// A contact's way through a campaign.
    Campaign,
    /// What became of an e-mail.
    Email,
    /// A sub-account.
    Location,
    /// A user of the sub-account.
    User,
    /// The app in a sub-account or agency.
    Installation,
    /// A call that an assistant took.
    Call,
    /// An invoice.
    Invoice,
    /// An order.
    Order,
    /// A product.
    Product,
    /// A price of a product.
    Price,
    /// How records of two kinds may relate.
    Association,
    /// Two records that relate.
    Relation,
    /// A record of a custom object.
    Record,
    /// What a custom object consists of.
    ObjectSchema,
    /// Something that is not known here.
    Other,
}

/// What happened: the published events. The name of each is its documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the published events, which say what they are")]
pub enum Kind {
    ContactCreate,
    ContactUpdate,
    ContactDelete,
    ContactDndUpdate,
    ContactTagUpdate,
    NoteCreate,
    NoteUpdate,
    NoteDelete,
    TaskCreate,
    TaskComplete,
    TaskDelete,
    OpportunityCreate,
    OpportunityUpdate,
    OpportunityDelete,
    OpportunityStageUpdate,
    OpportunityStatusUpdate,
    OpportunityAssignedToUpdate,
    OpportunityMonetaryValueUpdate,
    AppointmentCreate,
    AppointmentUpdate,
    AppointmentDelete,
    InboundMessage,
    OutboundMessage,
    ProviderOutboundMessage,
    ConversationUnreadUpdate,
    CampaignStatusUpdate,
    LCEmailStats,
    LocationCreate,
    LocationUpdate,
    UserCreate,
    UserUpdate,
    UserDelete,
    Install,
    Uninstall,
    PlanChange,
    ExternalAuthConnected,
    SaaSPlanCreate,
    VoiceAiCallEnd,
    InvoiceCreate,
    InvoiceUpdate,
    InvoiceDelete,
    InvoiceSent,
    InvoicePaid,
    InvoicePartiallyPaid,
    InvoiceVoid,
    OrderCreate,
    OrderStatusUpdate,
    ProductCreate,
    ProductUpdate,
    ProductDelete,
    PriceCreate,
    PriceUpdate,
    PriceDelete,
    AssociationCreate,
    AssociationUpdate,
    AssociationDelete,
    RelationCreate,
    RelationDelete,
    RecordCreate,
    RecordUpdate,
    RecordDelete,
    ObjectSchemaCreate,
    ObjectSchemaUpdate,
    /// None of them: kept as it came.
    Unknown,
}

/// Each kind with its name on the wire and what it is about.
const KINDS: [(Kind, &str, Entity); 63] = [
    (Kind::ContactCreate, "ContactCreate", Entity::Contact),
    (Kind::ContactUpdate, "ContactUpdate", Entity::Contact),
    (Kind::ContactDelete, "ContactDelete", Entity::Contact),
    (Kind::ContactDndUpdate, "ContactDndUpdate", Entity::Contact),
    (Kind::ContactTagUpdate, "ContactTagUpdate", Entity::Contact),
    (Kind::NoteCreate, "NoteCreate", Entity::Note),
    (Kind::NoteUpdate, "NoteUpdate", Entity::Note),
    (Kind::NoteDelete, "NoteDelete", Entity::Note),
    (Kind::TaskCreate, "TaskCreate", Entity::Task),
    (Kind::TaskComplete, "TaskComplete", Entity::Task),
    (Kind::TaskDelete, "TaskDelete", Entity::Task),
    (Kind::OpportunityCreate, "OpportunityCreate", Entity::Opportunity),
    (Kind::OpportunityUpdate, "OpportunityUpdate", Entity::Opportunity),
    (Kind::OpportunityDelete, "OpportunityDelete", Entity::Opportunity),
    (Kind::OpportunityStageUpdate, "OpportunityStageUpdate", Entity::Opportunity),
    (Kind::OpportunityStatusUpdate, "OpportunityStatusUpdate", Entity::Opportunity),
    (Kind::OpportunityAssignedToUpdate, "OpportunityAssignedToUpdate", Entity::Opportunity),
    (Kind::OpportunityMonetaryValueUpdate, "OpportunityMonetaryValueUpdate", Entity::Opportunity),
    (Kind::AppointmentCreate, "AppointmentCreate", Entity::Appointment),
    (Kind::AppointmentUpdate, "AppointmentUpdate", Entity::Appointment),
    (Kind::AppointmentDelete, "AppointmentDelete", Entity::Appointment),
    (Kind::InboundMessage, "InboundMessage", Entity::Message),
    (Kind::OutboundMessage, "OutboundMessage", Entity::Message),
    (Kind::ProviderOutboundMessage, "ProviderOutboundMessage", Entity::Message),
    (Kind::ConversationUnreadUpdate, "ConversationUnreadUpdate", Entity::Conversation),
    (Kind::CampaignStatusUpdate, "CampaignStatusUpdate", Entity::Campaign),
    (Kind::LCEmailStats, "LCEmailStats", Entity::Email),
    (Kind::LocationCreate, "LocationCreate", Entity::Location),
    (Kind::LocationUpdate, "LocationUpdate", Entity::Location),
    (Kind::UserCreate, "UserCreate", Entity::User),
    (Kind::UserUpdate, "UserUpdate", Entity::User),
    (Kind::UserDelete, "UserDelete", Entity::User),
    (Kind::Install, "INSTALL", Entity::Installation),
    (Kind::Uninstall, "UNINSTALL", Entity::Installation),
    (Kind::PlanChange, "PLAN_CHANGE", Entity::Installation),
    (Kind::ExternalAuthConnected, "EXTERNAL_AUTH_CONNECTED", Entity::Installation),
    (Kind::SaaSPlanCreate, "SaaSPlanCreate", Entity::Installation),
    (Kind::VoiceAiCallEnd, "VoiceAiCallEnd", Entity::Call),
    (Kind::InvoiceCreate, "InvoiceCreate", Entity::Invoice),
    (Kind::InvoiceUpdate, "InvoiceUpdate", Entity::Invoice),
    (Kind::InvoiceDelete, "InvoiceDelete", Entity::Invoice),
    (Kind::InvoiceSent, "InvoiceSent", Entity::Invoice),
    (Kind::InvoicePaid, "InvoicePaid", Entity::Invoice),
    (Kind::InvoicePartiallyPaid, "InvoicePartiallyPaid", Entity::Invoice),
    (Kind::InvoiceVoid, "InvoiceVoid", Entity::Invoice),
    (Kind::OrderCreate, "OrderCreate", Entity::Order),
    (Kind::OrderStatusUpdate, "OrderStatusUpdate", Entity::Order),
    (Kind::ProductCreate, "ProductCreate", Entity::Product),
    (Kind::ProductUpdate, "ProductUpdate", Entity::Product),
    (Kind::ProductDelete, "ProductDelete", Entity::Product),
    (Kind::PriceCreate, "PriceCreate", Entity::Price),
    (Kind::PriceUpdate, "PriceUpdate", Entity::Price),
    (Kind::PriceDelete, "PriceDelete", Entity::Price),
    (Kind::AssociationCreate, "AssociationCreate", Entity::Association),
    (Kind::AssociationUpdate, "AssociationUpdate", Entity::Association),
    (Kind::AssociationDelete, "AssociationDelete", Entity::Association),
    (Kind::RelationCreate, "RelationCreate", Entity::Relation),
    (Kind::RelationDelete, "RelationDelete", Entity::Relation),
    (Kind::RecordCreate, "RecordCreate", Entity::Record),
    (Kind::RecordUpdate, "RecordUpdate", Entity::Record),
    (Kind::RecordDelete, "RecordDelete", Entity::Record),
    (Kind::ObjectSchemaCreate, "ObjectSchemaCreate", Entity::ObjectSchema),
    (Kind::ObjectSchemaUpdate, "ObjectSchemaUpdate", Entity::ObjectSchema),
];

/// Names of event pages and settings that are not the events' own.
const ALIASES: [(&str, Kind); 4] = [
    ("conversationunreadwebhook", Kind::ConversationUnreadUpdate),
    ("conversationprovideroutboundmessage", Kind::ProviderOutboundMessage),
    ("appinstall", Kind::Install),
    ("appuninstall", Kind::Uninstall),
];

impl Kind {
    /// All that are known.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// Reads a name: of the wire, of an event page, or of a part of an address (`contact-create`).
    pub fn named(text: &str) -> Option<Self> {
        if let Some((kind, ..)) = KINDS.iter().find(|(_, name, _)| *name == text) {
            return Some(*kind);
        }
        let plain = |text: &str| -> String {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|letter| letter.to_ascii_lowercase())
                .collect()
        };
        let wanted = plain(text);
        let known = KINDS.iter().find(|(_, name, _)| plain(name) == wanted).map(|(kind, ..)| *kind);
        known.or_else(|| ALIASES.iter().find(|(name, _)| *name == wanted).map(|(_, kind)| *kind))
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        self.row().map_or("unknown", |(_, name, _)| name)
    }

    /// What it is about.
    pub fn entity(self) -> Entity {
        self.row().map_or(Entity::Other, |(.., entity)| *entity)
    }

    /// Whether it says that the entity is gone: no later event brings it back.
    pub fn is_deletion(self) -> bool {
        self == Self::Uninstall || self.name().ends_with("Delete")
    }

    fn row(self) -> Option<&'static (Self, &'static str, Entity)> {
        KINDS.iter().find(|(kind, ..)| *kind == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_name_and_by_parts_of_addresses() {
        for kind in Kind::all() {
            assert_eq!(Kind::named(kind.name()), Some(kind));
            assert_ne!(kind.entity(), Entity::Other);
        }
        for (text, kind) in [
            ("contact-create", Kind::ContactCreate),
            ("AppInstall", Kind::Install),
            ("plan_change", Kind::PlanChange),
            ("ConversationUnreadWebhook", Kind::ConversationUnreadUpdate),
        ] {
            assert_eq!(Kind::named(text), Some(kind));
        }
        assert_eq!((Kind::named("SMS"), Kind::named("")), (None, None));
    }

    #[test]
    fn deletions_are_told_apart() {
        let deletions = Kind::all().filter(|kind| kind.is_deletion()).count();
        assert_eq!(deletions, 13);
        assert!(Kind::ContactDelete.is_deletion() && !Kind::InvoiceVoid.is_deletion());
    }
}
