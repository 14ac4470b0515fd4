// Every emulated operation through Prism's validating proxy: requests and answers against GHL's own OpenAPI document.
//
// usage: node contract.mjs PROXY EMULATOR DEFECTS.json

import { check, finish } from './tally.mjs';
import { waivers } from './waivers.mjs';

const [proxy, emulator, defectsFile] = process.argv.slice(2);
const known = waivers(defectsFile);
const connection = await (await fetch(`${emulator}/__emulator`)).json();
const location = connection.locations[0].id;
const seen = new Set();
let asked = 0;

async function admin(path, body) {
  const answer = await fetch(`${emulator}/__emulator/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return answer.json();
}

const tokens = {
  location: (await admin('tokens', { locationId: location })).access_token,
  agency: (await admin('tokens', { company: true })).access_token,
};

/**
 * Calls through the proxy. `expect` is the status that GHL answers; `flawed: true` says that the request is wrong on
 * purpose, so that both the proxy and the emulator must say so.
 */
async function call(method, path, { body, expect = 200, as = 'location', flawed = false, form = false, version } = {}) {
  asked += 1;
  // More than the ten-second budget: time is moved instead of waited for.
  if (asked % 40 === 0) await admin('clock/advance', { seconds: 10 });
  const dated = /^\/(calendars|conversations)/.test(path) ? '2021-04-15' : '2021-07-28';
  const headers = { authorization: `Bearer ${tokens[as]}`, version: version ?? dated };
  if (body !== undefined) {
    headers['content-type'] = form ? 'application/x-www-form-urlencoded' : 'application/json';
  }
  const content = form ? new URLSearchParams(body).toString() : body && JSON.stringify(body);
  const answer = await fetch(proxy + path, { method, headers, body: content });
  const text = await answer.text();
  const plain = path.split('?')[0];
  const operation = `${method} ${plain}`;
  seen.add(operation);
  check(`${operation} answers ${expect}`, answer.status === expect, `${answer.status} ${text.slice(0, 400)}`);
  const violations = JSON.parse(answer.headers.get('sl-violations') ?? '[]');
  const inRequest = ({ location: at }) => at?.[0] === 'request';
  if (flawed) {
    check(`${operation}: the contract forbids it too`, violations.some(inRequest), text.slice(0, 200));
    check(`${operation}: says why`, answer.status >= 400 && text.includes('traceId'), text.slice(0, 200));
  }
  for (const violation of violations.filter((one) => !(flawed && inRequest(one)))) {
    const place = violation.location?.join('.') ?? '';
    const said = `${violation.severity} ${place} ${violation.message}`;
    check(`${operation}: ${said}`, known.covers(operation, answer.status, said));
  }
  check(`${operation}: no violation is unknown`, true);
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const at = `locationId=${location}`;
const get = (path, options) => call('GET', path, options);
const post = (path, body, options) => call('POST', path, { body, ...options });
const put = (path, body, options) => call('PUT', path, { body, ...options });
const del = (path, options) => call('DELETE', path, options);

// Contacts.
const rosa = (
  await post('/contacts/', {
    locationId: location,
    firstName: 'Rosa',
    lastName: 'Lane',
    email: 'rosa@example.com',
    phone: '+14155550134',
    tags: ['buyer'],
    source: 'website',
  }, { expect: 201 })
).contact;
await post('/contacts/', { locationId: location, firstName: 'Twin', email: 'rosa@example.com' }, { expect: 400 });
await post('/contacts/upsert', { locationId: location, email: 'rosa@example.com', city: 'Oakland' });
const fields = (await get(`/locations/${location}/customFields`)).customFields;
await put(`/contacts/${rosa.id}`, {
  companyName: undefined,
  dnd: false,
  dndSettings: { Email: { status: 'inactive', message: 'asked', code: '1' } },
  customFields: [{ id: fields[1].id, key: fields[1].fieldKey, field_value: 'hot' }],
});
await put(`/contacts/${rosa.id}`, { phone: 12 }, { expect: 422, flawed: true });
await post('/contacts/upsert', { email: 'x@example.com' }, { expect: 422, flawed: true });
await get(`/contacts/${rosa.id}`);
await get('/contacts/nobody', { expect: 400 });
await post('/contacts/search', { locationId: location, pageLimit: 20 });
await post('/contacts/search', { pageLimit: 20 }, { expect: 422 });
await get(`/contacts/search/duplicate?${at}&email=rosa%40example.com`);
await get(`/contacts/?${at}&limit=5`);
await get('/contacts/', { expect: 422, flawed: true });
await post(`/contacts/${rosa.id}/tags`, { tags: ['vip'] }, { expect: 201 });
await del(`/contacts/${rosa.id}/tags`, { body: { tags: ['vip'] } });
await post('/contacts/bulk/tags/update/add', { locationId: location, contacts: [rosa.id], tags: ['bulk'] }, { expect: 201 });
await post(`/contacts/${rosa.id}/followers`, { followers: ['user-1'] }, { expect: 201 });
await del(`/contacts/${rosa.id}/followers`, { body: { followers: ['user-1'] } });

// What hangs on a contact.
const task = (
  await post(`/contacts/${rosa.id}/tasks`, { title: 'call', dueDate: '2030-01-02T10:00:00Z', completed: false }, { expect: 201 })
).task;
await get(`/contacts/${rosa.id}/tasks`);
await get(`/contacts/${rosa.id}/tasks/${task.id}`);
await put(`/contacts/${rosa.id}/tasks/${task.id}`, { body: 'after five' });
await put(`/contacts/${rosa.id}/tasks/${task.id}/completed`, { completed: true });
await post(`/contacts/${rosa.id}/tasks`, { body: 'no title' }, { expect: 422, flawed: true });
await post(`/locations/${location}/tasks/search`, { contactId: [rosa.id] });
await del(`/contacts/${rosa.id}/tasks/${task.id}`);
const note = (await post(`/contacts/${rosa.id}/notes`, { body: 'called' }, { expect: 201 })).note;
await get(`/contacts/${rosa.id}/notes`);
await get(`/contacts/${rosa.id}/notes/${note.id}`);
await put(`/contacts/${rosa.id}/notes/${note.id}`, { body: 'called twice' });
await del(`/contacts/${rosa.id}/notes/${note.id}`);
const flows = (await get(`/workflows/?${at}`)).workflows;
await post(`/contacts/${rosa.id}/workflow/${flows[0].id}`, {});
await del(`/contacts/${rosa.id}/workflow/${flows[0].id}`, { body: {} });
const campaign = (await get(`/campaigns/?${at}`)).campaigns[0];
await post(`/contacts/${rosa.id}/campaigns/${campaign.id}`, {}, { expect: 201 });
await del(`/contacts/${rosa.id}/campaigns/${campaign.id}`);
await del(`/contacts/${rosa.id}/campaigns/removeAll`);

// Opportunities.
const [pipeline] = (await get(`/opportunities/pipelines?${at}`)).pipelines;
await get(`/opportunities/lost-reason?${at}`);
const deal = (
  await post('/opportunities/', {
    pipelineId: pipeline.id,
    locationId: location,
    name: 'House by the lake',
    status: 'open',
    contactId: rosa.id,
    monetaryValue: 750000,
  }, { expect: 201 })
).opportunity;
await get(`/opportunities/${deal.id}`);
await put(`/opportunities/${deal.id}`, { pipelineStageId: pipeline.stages[2].id, monetaryValue: 700000 });
await put(`/opportunities/${deal.id}`, { status: 'maybe' }, { expect: 422, flawed: true });
await put(`/opportunities/${deal.id}/status`, { status: 'won' });
await post('/opportunities/upsert', { pipelineId: pipeline.id, locationId: location, contactId: rosa.id, name: 'House' });
await get(`/opportunities/search?location_id=${location}&limit=20&getTasks=true&getNotes=true`);
await post('/opportunities/search', { locationId: location });

// Conversations.
const sent = await post('/conversations/messages', { type: 'SMS', contactId: rosa.id, message: 'hello' });
await post('/conversations/messages', { type: 'Pigeon', contactId: rosa.id, message: 'hello' }, { expect: 400, flawed: true });
const mail = await post('/conversations/messages', { type: 'Email', contactId: rosa.id, subject: 'Hello', html: '<p>hello' });
await get(`/conversations/messages/${sent.messageId}`);
await get(`/conversations/messages/email/${mail.messageId}`);
await get(`/conversations/${sent.conversationId}/messages?limit=10`);
await get(`/conversations/messages/export?${at}&limit=10`);
await get(`/conversations/messages/export?${at}&limit=5`, { expect: 400, flawed: true });
await put(`/conversations/messages/${sent.messageId}/status`, { status: 'read' });
const later = await post('/conversations/messages', {
  type: 'SMS',
  contactId: rosa.id,
  message: 'later',
  scheduledTimestamp: 1893456000,
});
await del(`/conversations/messages/${later.messageId}/schedule`);
await post('/conversations/messages/inbound', {
  type: 'SMS',
  message: 'is it free?',
  conversationId: sent.conversationId,
  contactId: rosa.id,
  conversationProviderId: 'provider-1',
});
await get(`/conversations/search?${at}`);
await get(`/conversations/${sent.conversationId}`);
await put(`/conversations/${sent.conversationId}`, { locationId: location, unreadCount: 0, starred: true });
await post('/conversations/', { locationId: location, contactId: rosa.id }, { expect: 400 });
await del(`/conversations/${sent.conversationId}`);
await post('/conversations/', { locationId: location, contactId: rosa.id }, { expect: 201 });

// Calendars.
const [calendar] = (await get(`/calendars/?${at}`)).calendars;
await get(`/calendars/${calendar.id}`);
const now = Date.now();
const slots = await get(`/calendars/${calendar.id}/free-slots?startDate=${now}&endDate=${now + 20 * 86_400_000}`);
await get(`/calendars/${calendar.id}/free-slots`, { expect: 400, flawed: true });
const free = Object.values(slots).flatMap((day) => day.slots ?? []);
const booked = await post('/calendars/events/appointments', {
  calendarId: calendar.id,
  locationId: location,
  contactId: rosa.id,
  startTime: free[0],
  title: 'Viewing',
});
await get(`/calendars/events/appointments/${booked.id}`);
await put(`/calendars/events/appointments/${booked.id}`, { startTime: free[2], appointmentStatus: 'confirmed' });
await get(`/calendars/events?${at}&calendarId=${calendar.id}&startTime=${now}&endTime=${now + 30 * 86_400_000}`);
await get(`/contacts/${rosa.id}/appointments`);
await post(`/calendars/appointments/${booked.id}/notes`, { body: 'bring the keys' }, { expect: 201 });
await get(`/calendars/appointments/${booked.id}/notes?limit=10&offset=0`);
await post('/calendars/events/block-slots', {
  calendarId: calendar.id,
  locationId: location,
  startTime: free[6],
  endTime: free[8],
}, { expect: 201 });
await get(`/calendars/blocked-slots?${at}&calendarId=${calendar.id}&startTime=${now}&endTime=${now + 30 * 86_400_000}`);
await del(`/calendars/events/${booked.id}`, { body: {}, expect: 201 });

// Locations, users, forms.
await get(`/locations/${location}`);
await get(`/locations/${location}/tags`);
const tag = (await post(`/locations/${location}/tags`, { name: 'open house' })).tag;
await del(`/locations/${location}/tags/${tag.id}`);
await get(`/locations/${location}/timezones`);
const field = (
  await post(`/locations/${location}/customFields`, { name: 'Motivation', dataType: 'TEXT', model: 'contact' }, { expect: 201 })
).customField;
await get(`/locations/${location}/customFields/${field.id}`);
await put(`/locations/${location}/customFields/${field.id}`, { name: 'Motive' });
await del(`/locations/${location}/customFields/${field.id}`);
const value = (await post(`/locations/${location}/customValues`, { name: 'Office hours', value: '9-5' }, { expect: 201 })).customValue;
await get(`/locations/${location}/customValues`);
await put(`/locations/${location}/customValues/${value.id}`, { name: 'Office hours', value: '9-6' });
await del(`/locations/${location}/customValues/${value.id}`);
await get(`/locations/search?companyId=${connection.companyId}`, { as: 'agency' });
const [user] = (await get(`/users/?${at}`)).users;
await get(`/users/${user.id}`);
await get(`/users/search?companyId=${connection.companyId}`);
await post('/users/search/filter-by-email', { companyId: connection.companyId, emails: user.email }, { as: 'agency' });
await get(`/companies/${connection.companyId}`, { as: 'agency' });
await get(`/forms/?${at}`);
await get(`/forms/submissions?${at}&limit=20`);

// OAuth.
const { code } = await admin('install', { locationId: location, redirectUri: 'http://app.test/back' });
const client = { client_id: connection.clientId, client_secret: connection.clientSecret };
const granted = await post('/oauth/token', {
  ...client,
  grant_type: 'authorization_code',
  code,
  user_type: 'Location',
  redirect_uri: 'http://app.test/back',
}, { form: true });
await post('/oauth/token', { ...client, grant_type: 'refresh_token', refresh_token: granted.refresh_token }, { form: true });
await post('/oauth/token', { ...client, grant_type: 'refresh_token', refresh_token: 'spent' }, { form: true, expect: 400 });
await post('/oauth/locationToken', { companyId: connection.companyId, locationId: location }, { form: true, as: 'agency' });
await get(`/oauth/installedLocations?companyId=${connection.companyId}&appId=${connection.appId}&isInstalled=true`, { as: 'agency' });

// Refusals that the contract does not declare, or does.
await get(`/contacts/?${at}`, { as: 'agency', expect: 401 });
await get('/contacts/?locationId=another', { expect: 403 });
await admin('faults', { class: 1 });
await get(`/contacts/${rosa.id}`, { expect: 429 });
await admin('clock/advance', { seconds: 10 });
await del(`/opportunities/${deal.id}`);
await del(`/contacts/${rosa.id}`);

const unused = known.unused();
check('every waiver was needed', unused.length === 0, unused.join(', '));
console.log(`${seen.size} operations were called through the proxy`);
finish();
