//! The icons: 24 x 24 outlines of Lucide 1.62.0 (ISC, `assets/LICENSES/lucide.txt`), drawn in the text's colour.
//!
//! An icon never speaks alone: it stands beside a word, or its control carries an `aria-label`.

use maud::{Markup, PreEscaped, html};

/// One icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Lucide `layout-dashboard`.
    Dashboard,
    /// Lucide `target`.
    Target,
    /// Lucide `trending-up`.
    TrendingUp,
    /// Lucide `calendar-check`.
    CalendarCheck,
    /// Lucide `file-text`.
    FileText,
    /// Lucide `upload`.
    Upload,
    /// Lucide `settings`.
    Settings,
    /// Lucide `search`.
    Search,
    /// Lucide `sun`.
    Sun,
    /// Lucide `moon`.
    Moon,
    /// Lucide `monitor`.
    Monitor,
    /// Lucide `menu`.
    Menu,
    /// Lucide `x`.
    Close,
    /// Lucide `chevron-right`.
    ChevronRight,
    /// Lucide `chevron-down`.
    ChevronDown,
    /// Lucide `chevron-left`.
    ChevronLeft,
    /// Lucide `chevron-up`.
    ChevronUp,
    /// Lucide `arrow-up`.
    ArrowUp,
    /// Lucide `arrow-down`.
    ArrowDown,
    /// Lucide `arrow-up-down`.
    ArrowUpDown,
    /// Lucide `check`.
    Check,
    /// Lucide `circle-alert`.
    Alert,
    /// Lucide `triangle-alert`.
    Warning,
    /// Lucide `info`.
    Info,
    /// Lucide `circle-check`.
    Done,
    /// Lucide `user`.
    User,
    /// Lucide `log-out`.
    SignOut,
    /// Lucide `key-round`.
    Key,
    /// Lucide `keyboard`.
    Keyboard,
    /// Lucide `download`.
    Download,
    /// Lucide `columns-3`.
    Columns,
    /// Lucide `bookmark`.
    Bookmark,
    /// Lucide `filter`.
    Filter,
    /// Lucide `plus`.
    Plus,
    /// Lucide `trash-2`.
    Trash,
    /// Lucide `pencil`.
    Pencil,
    /// Lucide `external-link`.
    ExternalLink,
    /// Lucide `copy`.
    Copy,
    /// Lucide `refresh-cw`.
    Refresh,
    /// Lucide `clock`.
    Clock,
    /// Lucide `building-2`.
    Building,
    /// Lucide `users`.
    Users,
    /// Lucide `dollar-sign`.
    DollarSign,
    /// Lucide `gauge`.
    Gauge,
    /// Lucide `sliders-horizontal`.
    Sliders,
    /// Lucide `history`.
    History,
    /// Lucide `mail`.
    Mail,
    /// Lucide `book-open`.
    BookOpen,
    /// Lucide `palette`.
    Palette,
    /// Lucide `layers`.
    Layers,
    /// Lucide `printer`.
    Printer,
    /// Lucide `circle-help`.
    Help,
    /// Lucide `ellipsis`.
    Ellipsis,
    /// Lucide `link-2`.
    Link,
    /// Lucide `activity`.
    Activity,
    /// Lucide `zap`.
    Zap,
    /// Lucide `shield`.
    Shield,
    /// Lucide `grid-3x3`.
    Grid,
    /// Lucide `send`.
    Send,
    /// Lucide `scale`.
    Scale,
    /// Lucide `play`.
    Play,
    /// Lucide `calendar`.
    Calendar,
    /// Lucide `rotate-ccw`.
    Undo,
    /// Lucide `phone`.
    Phone,
}

impl Icon {
    /// Every icon, for the style guide.
    pub const ALL: &'static [Self] = &[
        Self::Dashboard,
        Self::Target,
        Self::TrendingUp,
        Self::CalendarCheck,
        Self::FileText,
        Self::Upload,
        Self::Settings,
        Self::Search,
        Self::Sun,
        Self::Moon,
        Self::Monitor,
        Self::Menu,
        Self::Close,
        Self::ChevronRight,
        Self::ChevronDown,
        Self::ChevronLeft,
        Self::ChevronUp,
        Self::ArrowUp,
        Self::ArrowDown,
        Self::ArrowUpDown,
        Self::Check,
        Self::Alert,
        Self::Warning,
        Self::Info,
        Self::Done,
        Self::User,
        Self::SignOut,
        Self::Key,
        Self::Keyboard,
        Self::Download,
        Self::Columns,
        Self::Bookmark,
        Self::Filter,
        Self::Plus,
        Self::Trash,
        Self::Pencil,
        Self::ExternalLink,
        Self::Copy,
        Self::Refresh,
        Self::Clock,
        Self::Building,
        Self::Users,
        Self::DollarSign,
        Self::Gauge,
        Self::Sliders,
        Self::History,
        Self::Mail,
        Self::BookOpen,
        Self::Palette,
        Self::Layers,
        Self::Printer,
        Self::Help,
        Self::Ellipsis,
        Self::Link,
        Self::Activity,
        Self::Zap,
        Self::Shield,
        Self::Grid,
        Self::Send,
        Self::Scale,
        Self::Play,
        Self::Calendar,
        Self::Undo,
        Self::Phone,
    ];

    fn paths(self) -> &'static str {
        match self {
            Self::Dashboard => {
                r##"<rect width="7" height="9" x="3" y="3" rx="1"/><rect width="7" height="5" x="14" y="3" rx="1"/><rect width="7" height="9" x="14" y="12" rx="1"/><rect width="7" height="5" x="3" y="16" rx="1"/>"##
            }
            Self::Target => {
                r##"<circle cx="12" cy="12" r="10"/><circle cx="12" cy="12" r="6"/><circle cx="12" cy="12" r="2"/>"##
            }
            Self::TrendingUp => r##"<path d="M16 7h6v6"/><path d="m22 7-8.5 8.5-5-5L2 17"/>"##,
            Self::CalendarCheck => {
                r##"<path d="M8 2v3"/><path d="M16 2v3"/><rect x="3" y="3" width="18" height="18" rx="2"/><path d="M3 9h18"/><path d="m9 15 2 2 4-4"/>"##
            }
            Self::FileText => {
                r##"<path d="M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8a2.4 2.4 0 0 1 1.704.706l3.588 3.588A2.4 2.4 0 0 1 20 8v12a2 2 0 0 1-2 2z"/><path d="M14 2v5a1 1 0 0 0 1 1h5"/><path d="M10 9H8"/><path d="M16 13H8"/><path d="M16 17H8"/>"##
            }
            Self::Upload => {
                r##"<path d="M12 3v12"/><path d="m17 8-5-5-5 5"/><path d="M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4"/>"##
            }
            Self::Settings => {
                r##"<path d="M9.671 4.136a2.34 2.34 0 0 1 4.659 0 2.34 2.34 0 0 0 3.319 1.915 2.34 2.34 0 0 1 2.33 4.033 2.34 2.34 0 0 0 0 3.831 2.34 2.34 0 0 1-2.33 4.033 2.34 2.34 0 0 0-3.319 1.915 2.34 2.34 0 0 1-4.659 0 2.34 2.34 0 0 0-3.32-1.915 2.34 2.34 0 0 1-2.33-4.033 2.34 2.34 0 0 0 0-3.831A2.34 2.34 0 0 1 6.35 6.051a2.34 2.34 0 0 0 3.319-1.915"/><circle cx="12" cy="12" r="3"/>"##
            }
            Self::Search => r##"<path d="m21 21-4.34-4.34"/><circle cx="11" cy="11" r="8"/>"##,
            Self::Sun => {
                r##"<circle cx="12" cy="12" r="4"/><path d="M12 2v2"/><path d="M12 20v2"/><path d="m4.93 4.93 1.41 1.41"/><path d="m17.66 17.66 1.41 1.41"/><path d="M2 12h2"/><path d="M20 12h2"/><path d="m6.34 17.66-1.41 1.41"/><path d="m19.07 4.93-1.41 1.41"/>"##
            }
            Self::Moon => {
                r##"<path d="M20.985 12.486a9 9 0 1 1-9.473-9.472c.405-.022.617.46.402.803a6 6 0 0 0 8.268 8.268c.344-.215.825-.004.803.401"/>"##
            }
            Self::Monitor => {
                r##"<rect width="20" height="14" x="2" y="3" rx="2"/><line x1="8" x2="16" y1="21" y2="21"/><line x1="12" x2="12" y1="17" y2="21"/>"##
            }
            Self::Menu => r##"<path d="M4 5h16"/><path d="M4 12h16"/><path d="M4 19h16"/>"##,
            Self::Close => r##"<path d="M18 6 6 18"/><path d="m6 6 12 12"/>"##,
            Self::ChevronRight => r##"<path d="m9 18 6-6-6-6"/>"##,
            Self::ChevronDown => r##"<path d="m6 9 6 6 6-6"/>"##,
            Self::ChevronLeft => r##"<path d="m15 18-6-6 6-6"/>"##,
            Self::ChevronUp => r##"<path d="m18 15-6-6-6 6"/>"##,
            Self::ArrowUp => r##"<path d="m5 12 7-7 7 7"/><path d="M12 19V5"/>"##,
            Self::ArrowDown => r##"<path d="M12 5v14"/><path d="m19 12-7 7-7-7"/>"##,
            Self::ArrowUpDown => {
                r##"<path d="m21 16-4 4-4-4"/><path d="M17 20V4"/><path d="m3 8 4-4 4 4"/><path d="M7 4v16"/>"##
            }
            Self::Check => r##"<path d="M20 6 9 17l-5-5"/>"##,
            Self::Alert => {
                r##"<circle cx="12" cy="12" r="10"/><line x1="12" x2="12" y1="8" y2="12"/><line x1="12" x2="12.01" y1="16" y2="16"/>"##
            }
            Self::Warning => {
                r##"<path d="m21.73 18-8-14a2 2 0 0 0-3.48 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.73-3"/><path d="M12 9v4"/><path d="M12 17h.01"/>"##
            }
            Self::Info => r##"<circle cx="12" cy="12" r="10"/><path d="M12 16v-4"/><path d="M12 8h.01"/>"##,
            Self::Done => r##"<circle cx="12" cy="12" r="10"/><path d="m16 9-5.5 5.5L8 12"/>"##,
            Self::User => {
                r##"<path d="M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2"/><circle cx="12" cy="7" r="4"/>"##
            }
            Self::SignOut => {
                r##"<path d="m16 17 5-5-5-5"/><path d="M21 12H9"/><path d="M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4"/>"##
            }
            Self::Key => {
                r##"<path d="M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h1a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l.814-.814a6.5 6.5 0 1 0-4-4z"/><circle cx="16.5" cy="7.5" r=".5" fill="currentColor"/>"##
            }
            Self::Keyboard => {
                r##"<path d="M10 8h.01"/><path d="M12 12h.01"/><path d="M14 8h.01"/><path d="M16 12h.01"/><path d="M18 8h.01"/><path d="M6 8h.01"/><path d="M7 16h10"/><path d="M8 12h.01"/><rect width="20" height="16" x="2" y="4" rx="2"/>"##
            }
            Self::Download => {
                r##"<path d="M12 15V3"/><path d="M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4"/><path d="m7 10 5 5 5-5"/>"##
            }
            Self::Columns => {
                r##"<rect width="18" height="18" x="3" y="3" rx="2"/><path d="M9 3v18"/><path d="M15 3v18"/>"##
            }
            Self::Bookmark => {
                r##"<path d="M17 3a2 2 0 0 1 2 2v15a1 1 0 0 1-1.496.868l-4.512-2.578a2 2 0 0 0-1.984 0l-4.512 2.578A1 1 0 0 1 5 20V5a2 2 0 0 1 2-2z"/>"##
            }
            Self::Filter => {
                r##"<path d="M10 20a1 1 0 0 0 .553.895l2 1A1 1 0 0 0 14 21v-7a2 2 0 0 1 .517-1.341L21.74 4.67A1 1 0 0 0 21 3H3a1 1 0 0 0-.742 1.67l7.225 7.989A2 2 0 0 1 10 14z"/>"##
            }
            Self::Plus => r##"<path d="M5 12h14"/><path d="M12 5v14"/>"##,
            Self::Trash => {
                r##"<path d="M10 11v6"/><path d="M14 11v6"/><path d="M19 6v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V6"/><path d="M3 6h18"/><path d="M8 6V4a2 2 0 0 1 2-2h4a2 2 0 0 1 2 2v2"/>"##
            }
            Self::Pencil => {
                r##"<path d="M21.174 6.812a1 1 0 0 0-3.986-3.987L3.842 16.174a2 2 0 0 0-.5.83l-1.321 4.352a.5.5 0 0 0 .623.622l4.353-1.32a2 2 0 0 0 .83-.497z"/><path d="m15 5 4 4"/>"##
            }
            Self::ExternalLink => {
                r##"<path d="M15 3h6v6"/><path d="M10 14 21 3"/><path d="M18 13v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h6"/>"##
            }
            Self::Copy => {
                r##"<rect width="14" height="14" x="8" y="8" rx="2" ry="2"/><path d="M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"/>"##
            }
            Self::Refresh => {
                r##"<path d="M3 12a9 9 0 0 1 9-9 9.75 9.75 0 0 1 6.74 2.74L21 8"/><path d="M21 3v5h-5"/><path d="M21 12a9 9 0 0 1-9 9 9.75 9.75 0 0 1-6.74-2.74L3 16"/><path d="M8 16H3v5"/>"##
            }
            Self::Clock => r##"<circle cx="12" cy="12" r="10"/><path d="M12 6v6l4 2"/>"##,
            Self::Building => {
                r##"<path d="M10 12h4"/><path d="M10 8h4"/><path d="M14 21v-3a2 2 0 0 0-4 0v3"/><path d="M6 10H4a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V9a2 2 0 0 0-2-2h-2"/><path d="M6 21V5a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v16"/>"##
            }
            Self::Users => {
                r##"<path d="M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2"/><path d="M16 3.128a4 4 0 0 1 0 7.744"/><path d="M22 21v-2a4 4 0 0 0-3-3.87"/><circle cx="9" cy="7" r="4"/>"##
            }
            Self::DollarSign => {
                r##"<line x1="12" x2="12" y1="2" y2="22"/><path d="M17 5H9.5a3.5 3.5 0 0 0 0 7h5a3.5 3.5 0 0 1 0 7H6"/>"##
            }
            Self::Gauge => r##"<path d="m12 14 4-4"/><path d="M3.34 19a10 10 0 1 1 17.32 0"/>"##,
            Self::Sliders => {
                r##"<path d="M10 5H3"/><path d="M12 19H3"/><path d="M14 3v4"/><path d="M16 17v4"/><path d="M21 12h-9"/><path d="M21 19h-5"/><path d="M21 5h-7"/><path d="M8 10v4"/><path d="M8 12H3"/>"##
            }
            Self::History => {
                r##"<path d="M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8"/><path d="M3 3v5h5"/><path d="M12 7v5l4 2"/>"##
            }
            Self::Mail => {
                r##"<path d="m22 7-8.991 5.727a2 2 0 0 1-2.009 0L2 7"/><rect x="2" y="4" width="20" height="16" rx="2"/>"##
            }
            Self::BookOpen => {
                r##"<path d="M12 5v16"/><path d="M20.001 19A2 2 0 0022 17V5a2 2 0 00-1.999-2L16 3.002A5 5 0 0012 5a5 5 0 00-4-2H4a2 2 0 00-2 2v12a2 2 0 001.999 2H8a5 5 0 014 2 5 5 0 014-2z"/>"##
            }
            Self::Palette => {
                r##"<path d="M12 22a1 1 0 0 1 0-20 10 9 0 0 1 10 9 5 5 0 0 1-5 5h-2.25a1.75 1.75 0 0 0-1.4 2.8l.3.4a1.75 1.75 0 0 1-1.4 2.8z"/><circle cx="13.5" cy="6.5" r=".5" fill="currentColor"/><circle cx="17.5" cy="10.5" r=".5" fill="currentColor"/><circle cx="6.5" cy="12.5" r=".5" fill="currentColor"/><circle cx="8.5" cy="7.5" r=".5" fill="currentColor"/>"##
            }
            Self::Layers => {
                r##"<path d="M12.83 2.18a2 2 0 0 0-1.66 0L2.6 6.08a1 1 0 0 0 0 1.83l8.58 3.91a2 2 0 0 0 1.66 0l8.58-3.9a1 1 0 0 0 0-1.83z"/><path d="M2 12a1 1 0 0 0 .58.91l8.6 3.91a2 2 0 0 0 1.65 0l8.58-3.9A1 1 0 0 0 22 12"/><path d="M2 17a1 1 0 0 0 .58.91l8.6 3.91a2 2 0 0 0 1.65 0l8.58-3.9A1 1 0 0 0 22 17"/>"##
            }
            Self::Printer => {
                r##"<path d="M6 18H4a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2h16a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2h-2"/><path d="M6 9V3a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v6"/><rect x="6" y="14" width="12" height="8" rx="1"/>"##
            }
            Self::Help => {
                r##"<circle cx="12" cy="12" r="10"/><path d="M9.09 9a3 3 0 0 1 5.83 1c0 2-3 3-3 3"/><path d="M12 17h.01"/>"##
            }
            Self::Ellipsis => {
                r##"<circle cx="12" cy="12" r="1"/><circle cx="19" cy="12" r="1"/><circle cx="5" cy="12" r="1"/>"##
            }
            Self::Link => {
                r##"<path d="M9 17H7A5 5 0 0 1 7 7h2"/><path d="M15 7h2a5 5 0 1 1 0 10h-2"/><line x1="8" x2="16" y1="12" y2="12"/>"##
            }
            Self::Activity => {
                r##"<path d="M22 12h-2.48a2 2 0 0 0-1.93 1.46l-2.35 8.36a.25.25 0 0 1-.48 0L9.24 2.18a.25.25 0 0 0-.48 0l-2.35 8.36A2 2 0 0 1 4.49 12H2"/>"##
            }
            Self::Zap => {
                r##"<path d="M15.914 4a1.5 1.5 0 00-2.474-1.561l-9 9A1.5 1.5 0 005.5 14h4.002a.5.5 0 01.471.666L8.086 20a1.5 1.5 0 002.475 1.56l9-9A1.5 1.5 0 0018.5 10h-3.997a.5.5 0 01-.472-.667z"/>"##
            }
            Self::Shield => {
                r##"<path d="M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6a1 1 0 0 1 1-1c2 0 4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 19 5a1 1 0 0 1 1 1z"/>"##
            }
            Self::Grid => {
                r##"<rect width="18" height="18" x="3" y="3" rx="2"/><path d="M3 9h18"/><path d="M3 15h18"/><path d="M9 3v18"/><path d="M15 3v18"/>"##
            }
            Self::Send => {
                r##"<path d="M14.536 21.686a.5.5 0 0 0 .937-.024l6.5-19a.496.496 0 0 0-.635-.635l-19 6.5a.5.5 0 0 0-.024.937l7.93 3.18a2 2 0 0 1 1.112 1.11z"/><path d="m21.854 2.147-10.94 10.939"/>"##
            }
            Self::Scale => {
                r##"<path d="M12 3v18"/><path d="m19 8 3 8a5 5 0 0 1-6 0zV7"/><path d="M3 7h1a17 17 0 0 0 8-2 17 17 0 0 0 8 2h1"/><path d="m5 8 3 8a5 5 0 0 1-6 0zV7"/><path d="M7 21h10"/>"##
            }
            Self::Play => {
                r##"<path d="M5 5a2 2 0 0 1 3.008-1.728l11.997 6.998a2 2 0 0 1 .003 3.458l-12 7A2 2 0 0 1 5 19z"/>"##
            }
            Self::Calendar => {
                r##"<path d="M8 2v3"/><path d="M16 2v3"/><rect x="3" y="3" width="18" height="18" rx="2"/><path d="M3 9h18"/>"##
            }
            Self::Undo => {
                r##"<path d="M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8"/><path d="M3 3v5h5"/>"##
            }
            Self::Phone => {
                r##"<path d="M13.832 16.568a1 1 0 0 0 1.213-.303l.355-.465A2 2 0 0 1 17 15h3a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2A18 18 0 0 1 2 4a2 2 0 0 1 2-2h3a2 2 0 0 1 2 2v3a2 2 0 0 1-.8 1.6l-.468.351a1 1 0 0 0-.292 1.233 14 14 0 0 0 6.392 6.384"/>"##
            }
        }
    }
}

impl maud::Render for Icon {
    fn render(&self) -> Markup {
        html! {
            svg.icon viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round"
                stroke-linejoin="round" aria-hidden="true" focusable="false" {
                (PreEscaped(self.paths()))
            }
        }
    }
}
