use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use jiff::civil::Date;
use kernel::{Arr, Mrr, Notice, Rejection};
use rust_decimal::Decimal;
use tabular::{Cell, RawRow};

use super::{
    Field, FieldKind, ImportOptions, date,
    mapping::Plan,
    number::{self, Style},
    remarks::{Convention, Remarks},
    text,
};
use crate::metrics::{ClientId, ClientMetrics, VehicleId};

/// Largest amount of money per period, in major units; beyond it is a slip of the keyboard.
const MONEY_MAX: i64 = 1_000_000_000_000;
/// Largest count of anything.
const COUNT_MAX: f64 = 1_000_000_000.0;
/// Largest growth per month as a fraction (100 000 %).
const GROWTH_MAX: f64 = 1_000.0;
/// Largest ROI in percent, either way.
const ROI_MAX: f64 = 1e9;
/// Share of twelve months by which an annual figure may differ before it counts as its own statement.
const SPEND_TOLERANCE_PERCENT: i64 = 1;
/// Longest value that a rejection repeats, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// Checks the rows of one sheet, in order.
pub(super) struct RowCheck<'a> {
    plan: &'a Plan,
    options: ImportOptions,
    style: Style,
    extras: Vec<(usize, &'a str)>,
    taken: HashMap<ClientId, u64>,
    rejected: Vec<Rejection>,
    notices: Vec<Notice>,
    remarks: Remarks,
}

impl<'a> RowCheck<'a> {
    /// `style` is what the file as a whole permits.
    pub(super) fn new(plan: &'a Plan, options: ImportOptions, style: Style) -> Self {
        Self {
            plan,
            options,
            style,
            extras: plan.extras().collect(),
            taken: HashMap::new(),
            rejected: Vec::new(),
            notices: Vec::new(),
            remarks: Remarks::default(),
        }
    }

    pub(super) fn finish(self) -> (Vec<Rejection>, Vec<Notice>, Remarks) {
        (self.rejected, self.notices, self.remarks)
    }

    /// The client of a row, or `None` with at least one rejection recorded.
    pub(super) fn client(&mut self, row: &RawRow) -> Option<ClientMetrics> {
        let faults_before = self.rejected.len();
        let notices_before = self.notices.len();
        let mut cells = Cells { check: self, row };

        let client_id = cells.identity();
        let client_name = cells.required_name(Field::ClientName);
        let spend = cells.spend();
        let locations_count = cells.count(Field::LocationsCount);
        let monthly_active_locations = cells.count(Field::MonthlyActiveLocations);
        let usage_given = cells.number(Field::UsageIntensity, 0.0, 1.0);
        let usage_derived = if cells.is_blank(Field::UsageIntensity) {
            cells.usage_of_locations(monthly_active_locations, locations_count)
        } else {
            None
        };
        let implementation_date = cells.date(Field::ImplementationDate);
        let tenure_months = cells.count(Field::TenureMonths);
        let active_users = cells.count(Field::ActiveUsers);
        let leads_processed_monthly = cells.count(Field::LeadsProcessedMonthly);
        let appointments_generated_monthly = cells.count(Field::AppointmentsGeneratedMonthly);
        let roi_percentage = cells.number(Field::RoiPercentage, -ROI_MAX, ROI_MAX);
        let satisfaction_score = cells.number(Field::SatisfactionScore, 1.0, 5.0);
        let nps_score = cells.number(Field::NpsScore, -100.0, 100.0);
        let success_case_documented = cells.flag(Field::SuccessCaseDocumented);
        let referrals_provided = cells.count(Field::ReferralsProvided);
        let support_tickets_monthly = cells.count(Field::SupportTicketsMonthly);
        let feature_requests = cells.count(Field::FeatureRequests);
        let last_interaction_date = cells.past_date(Field::LastInteractionDate);
        let executive_relationship_strength = cells.number(Field::ExecutiveRelationshipStrength, 1.0, 10.0);
        let leads_growth_rate = cells.number(Field::LeadsGrowthRate, -1.0, GROWTH_MAX);
        let locations_growth_rate = cells.number(Field::LocationsGrowthRate, -1.0, GROWTH_MAX);
        let payment_history_score = cells.number(Field::PaymentHistoryScore, 1.0, 10.0);
        let contract_end_date = cells.date(Field::ContractEndDate);
        let upsell_history = cells.vehicles();
        let extra = cells.extra();

        let (true, Some(client_id), Some(client_name), Some((current_mrr, current_arr))) =
            (self.rejected.len() == faults_before, client_id, client_name, spend)
        else {
            // Notices speak of rows that were taken.
            self.notices.truncate(notices_before);
            return None;
        };
        self.taken.insert(client_id.clone(), row.number);
        Some(ClientMetrics {
            client_id,
            client_name: client_name.into(),
            current_arr,
            current_mrr,
            implementation_date,
            tenure_months,
            active_users,
            monthly_active_locations,
            locations_count,
            leads_processed_monthly,
            appointments_generated_monthly,
            roi_percentage,
            satisfaction_score,
            nps_score,
            success_case_documented,
            referrals_provided,
            support_tickets_monthly,
            feature_requests,
            last_interaction_date,
            executive_relationship_strength,
            leads_growth_rate,
            locations_growth_rate,
            usage_intensity: usage_given.or(usage_derived),
            usage_derived: usage_derived.is_some(),
            payment_history_score,
            contract_end_date,
            upsell_history,
            extra,
        })
    }
}

/// The cells of one row, read field by field. Every reader returns `None` for an unknown value and for a
/// bad one; the bad one is recorded.
struct Cells<'r, 'a> {
    check: &'r mut RowCheck<'a>,
    row: &'r RawRow,
}

impl<'r> Cells<'r, '_> {
    fn cell(&self, field: Field) -> Option<&'r Cell> {
        let cell = &self.row.cells[self.check.plan.position(field)?];
        (!cell.is_empty()).then_some(cell)
    }

    /// The text of a cell that has a value; words such as `n/a` have none.
    fn value(&mut self, field: Field) -> Option<Cow<'r, str>> {
        let text: Cow<'r, str> = match self.cell(field)? {
            Cell::Text(text) | Cell::Number(text) => Cow::Borrowed(text.trim()),
            other => Cow::Owned(other.display()),
        };
        if text::means_missing(&text) {
            self.check.remarks.note(field, Convention::Missing, self.row.number, &text);
            return None;
        }
        Some(text)
    }

    fn is_blank(&self, field: Field) -> bool {
        match self.cell(field) {
            None => true,
            Some(Cell::Text(text)) => text::means_missing(text.trim()),
            Some(_) => false,
        }
    }

    fn reject(&mut self, field: Field, value: &str, message: &str) {
        let message = format!("{field} {message}");
        self.check.rejected.push(Rejection {
            row: self.row.number,
            field: self.column(field),
            value: shown(value),
            message,
        });
    }

    /// The column that gives the field, by the file's own name for it.
    fn column(&self, field: Field) -> String {
        let position = self.check.plan.position(field);
        position
            .map_or_else(|| field.id().to_owned(), |position| self.check.plan.uses[position].column.clone())
    }

    fn accept<T>(&mut self, field: Field, value: &str, parsed: Result<T, String>) -> Option<T> {
        match parsed {
            Ok(parsed) => Some(parsed),
            Err(message) => {
                self.reject(field, value, &message);
                None
            }
        }
    }

    fn required_name(&mut self, field: Field) -> Option<String> {
        let Some(cell) = self.cell(field) else {
            self.reject(field, "", "is empty, and every client needs it");
            return None;
        };
        let value = cell.display();
        if let Cell::List(_) = cell {
            self.reject(field, &value, "is a list, and has to be one text");
            return None;
        }
        let parsed = match text::name(&value) {
            Ok(name) if text::means_missing(name) => {
                Err("is not given, and every client needs it".to_owned())
            }
            other => other.map(str::to_owned),
        };
        self.accept(field, &value, parsed)
    }

    fn identity(&mut self) -> Option<ClientId> {
        let id = ClientId::new(self.required_name(Field::ClientId)?);
        if let Some(first) = self.check.taken.get(&id) {
            let message = format!("is repeated: row {first} has it already, and the first stays");
            self.reject(Field::ClientId, id.as_str(), &message);
            return None;
        }
        Some(id)
    }

    fn written(&mut self, field: Field, value: &str) -> Option<(f64, Option<Decimal>)> {
        if let Some(Cell::Bool(_) | Cell::List(_)) = self.cell(field) {
            self.reject(field, value, "is not a number such as 1234.5");
            return None;
        }
        let kind = field.kind();
        let allowed = Style {
            thousands: matches!(kind, FieldKind::Money | FieldKind::Count) || field == Field::RoiPercentage,
            currency: kind == FieldKind::Money,
            percent: kind == FieldKind::Fraction || field == Field::RoiPercentage,
            ..self.check.style
        };
        let written =
            self.accept(field, value, number::plain(value, allowed, self.check.options.currency))?;
        let number = self.accept(field, value, number::double(&written, kind == FieldKind::Fraction))?;
        let exact = match kind {
            FieldKind::Money => Some(self.accept(field, value, number::decimal(&written))?),
            _ => None,
        };
        if !written.style.is_plain() {
            let used = [
                (written.style.thousands, Convention::Thousands),
                (written.style.currency, Convention::Currency),
                (written.style.percent, Convention::Percent),
                (written.style.decimal_comma, Convention::DecimalComma),
            ];
            for (_, convention) in used.into_iter().filter(|(used, _)| *used) {
                self.check.remarks.note(field, convention, self.row.number, value);
            }
        }
        Some((number, exact))
    }

    /// A number within `lower..=upper`.
    fn number(&mut self, field: Field, lower: f64, upper: f64) -> Option<f64> {
        let value = self.value(field)?;
        let (number, _) = self.written(field, &value)?;
        if (lower..=upper).contains(&number) {
            return Some(number);
        }
        let hint = match field.kind() {
            FieldKind::Fraction => ", as a fraction: 0.2 is 20 %",
            _ => "",
        };
        self.reject(field, &value, &format!("lies outside {lower} to {upper}{hint}"));
        None
    }

    fn count(&mut self, field: Field) -> Option<u32> {
        let value = self.value(field)?;
        let (number, _) = self.written(field, &value)?;
        let fault = if number < 0.0 {
            "is negative, and counts start at 0"
        } else if number > COUNT_MAX {
            "is too large: counts go up to 1 000 000 000"
        } else if number.fract() != 0.0 {
            "is not a whole number"
        } else {
            return Some(number as u32);
        };
        self.reject(field, &value, fault);
        None
    }

    fn money(&mut self, field: Field) -> Option<Decimal> {
        let value = self.value(field)?;
        let amount = self.written(field, &value)?.1?;
        if amount.is_sign_negative() && !amount.is_zero() {
            self.reject(field, &value, "is negative, and spend starts at 0");
            return None;
        }
        if amount > Decimal::from(MONEY_MAX) {
            self.reject(field, &value, "is too large: amounts go up to 1 000 000 000 000");
            return None;
        }
        Some(amount.abs())
    }

    /// Monthly and annual revenue, from one or both of the spends.
    fn spend(&mut self) -> Option<(Mrr, Arr)> {
        let faults_before = self.check.rejected.len();
        let currency = self.check.options.currency;
        let monthly = self.money(Field::CurrentMrr).map(|amount| Mrr::new(amount, currency));
        let annual = self.money(Field::CurrentAnnualSpend).map(|amount| Arr::new(amount, currency));
        if self.check.rejected.len() > faults_before {
            return None;
        }
        match (monthly, annual) {
            (None, None) => {
                let message = "is empty, and so is current_annual_spend: give one of them";
                self.reject(Field::CurrentMrr, "", message);
                None
            }
            (Some(monthly), None) => Some((monthly, monthly.per_year())),
            (None, Some(annual)) => Some((annual.per_month(), annual)),
            (Some(monthly), Some(annual)) => {
                let of_months = monthly.per_year();
                let difference = (annual.amount() - of_months.amount()).abs();
                if difference * Decimal::from(100)
                    <= of_months.amount() * Decimal::from(SPEND_TOLERANCE_PERCENT)
                {
                    return Some((monthly, of_months));
                }
                let message = format!(
                    "the annual spend differs by more than 1 % from twelve months of {} ({}): \
                     the annual figure is taken as the current ARR",
                    monthly.amount(),
                    of_months.amount()
                );
                self.notice(Field::CurrentAnnualSpend, annual.amount().to_string(), message);
                Some((monthly, annual))
            }
        }
    }

    fn notice(&mut self, field: Field, value: String, message: String) {
        let field = self.column(field);
        self.check.notices.push(Notice { row: self.row.number, field, value, message });
    }

    /// Share of locations that are active, where the file gives no usage.
    fn usage_of_locations(&mut self, active: Option<u32>, all: Option<u32>) -> Option<f64> {
        let (active, all) = (active?, all.filter(|all| *all > 0)?);
        if active > all {
            let message = format!(
                "{active} active locations of {all} cannot be: the usage derived from them is capped at 1"
            );
            self.notice(Field::MonthlyActiveLocations, active.to_string(), message);
        }
        Some((f64::from(active) / f64::from(all)).min(1.0))
    }

    fn flag(&mut self, field: Field) -> Option<bool> {
        let value = self.value(field)?;
        self.accept(field, &value, text::flag(&value))
    }

    fn date(&mut self, field: Field) -> Option<Date> {
        let value = self.value(field)?;
        self.accept(field, &value, date::parse(&value))
    }

    fn past_date(&mut self, field: Field) -> Option<Date> {
        let date = self.date(field)?;
        let as_of = self.check.options.as_of;
        if date > as_of {
            let value = self.value(field).unwrap_or_default();
            self.reject(
                field,
                &value,
                &format!("lies in the future of {as_of}, the day the metrics speak of"),
            );
            return None;
        }
        Some(date)
    }

    fn vehicles(&mut self) -> Vec<VehicleId> {
        let field = Field::UpsellHistory;
        let parsed = match self.cell(field) {
            Some(Cell::List(items)) => text::vehicles(items.iter().map(String::as_str)),
            _ => match self.value(field) {
                Some(value) => text::vehicles(value.split(';')),
                None => return Vec::new(),
            },
        };
        let value = self.cell(field).map(Cell::display).unwrap_or_default();
        self.accept(field, &value, parsed).unwrap_or_default()
    }

    fn extra(&self) -> BTreeMap<String, String> {
        let cells = self.check.extras.iter().map(|(position, name)| (*name, &self.row.cells[*position]));
        cells
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| (name.to_owned(), cell.display()))
            .collect()
    }
}

fn shown(value: &str) -> String {
    let mut letters = value.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let short: String = letters.by_ref().take(SHOWN_CHARS_MAX).collect();
    if letters.next().is_some() { format!("{short}\u{2026}") } else { short }
}
