// GHL's official client library against the emulator: what works with the one must work with the other.
//
// usage: node sdk.mjs EMULATOR

import { createServer } from 'node:http';

import sdk from '@gohighlevel/api-client';

import { check, finish } from './tally.mjs';

const [base] = process.argv.slice(2);
const connection = await (await fetch(`${base}/__emulator`)).json();
const location = connection.locations[1].id;
const { HighLevel } = sdk;

async function admin(path, body) {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return (await fetch(`${base}/__emulator/${path}`, init)).json();
}

function library(options) {
  const ghl = new HighLevel({ logLevel: 'error', ...options });
  ghl.httpClient.defaults.baseURL = base;
  return ghl;
}

const oauth = () => library({ clientId: connection.clientId, clientSecret: connection.clientSecret, rateLimitRetry: true });
const requests = async () => (await admin('requests?after=0')).total;
async function answered(since, operation) {
  const { requests: all } = await admin(`requests?after=${since}`);
  return all.filter((one) => one.operation === operation).map((one) => one.status);
}

// The code that the consent leads to is exchanged, and the session kept.
const ghl = oauth();
const { code } = await admin('install', { locationId: location, redirectUri: 'http://app.test/back' });
const session = await ghl.oauth.getAccessToken({
  client_id: connection.clientId,
  client_secret: connection.clientSecret,
  grant_type: 'authorization_code',
  code,
  user_type: 'Location',
  redirect_uri: 'http://app.test/back',
});
check('a code becomes a session', session.locationId === location && session.userType === 'Location');

// Four calls at once with a token that is about to end: one refresh, four answers.
const storage = ghl.getSessionStorage?.() ?? ghl.sessionStorage;
await storage.setSession(location, { ...session, expires_in: 10, expire_at: Date.now() + 10_000 });
let since = await requests();
const four = await Promise.allSettled([1, 2, 3, 4].map(() => ghl.contacts.getContacts({ locationId: location, limit: 5 })));
check('four calls at once are answered', four.every(({ status }) => status === 'fulfilled'), JSON.stringify(four.map((one) => one.reason?.message)));
const refreshes = await answered(since, 'POST /oauth/token');
check('with one refresh', refreshes.length === 1 && refreshes[0] === 200, JSON.stringify(refreshes));

// A token that the server no longer takes: 401, refresh, again.
since = await requests();
await admin('faults', { class: 3 });
const revived = await ghl.contacts.getContacts({ locationId: location, limit: 5 });
check('an expired token is refreshed', revived.contacts.length === 5);
check('after a 401', (await answered(since, 'GET /contacts/')).join() === '401,200');

// Contacts.
const { contact, new: isNew } = await ghl.contacts.upsertContact({
  locationId: location,
  firstName: 'Rosa',
  email: 'rosa@example.org',
  phone: '+14155550177',
  tags: ['buyer'],
});
check('an upsert makes a contact', isNew === true && contact.phone === '+14155550177');
const shown = await ghl.contacts.getContact({ contactId: contact.id }, { headers: { locationId: location } });
check('which can be shown', shown.contact.email === 'rosa@example.org');
await ghl.contacts.addTags({ contactId: contact.id }, { tags: ['vip'] }, { headers: { locationId: location } });
await ghl.contacts.createNote({ contactId: contact.id }, { body: 'called' }, { headers: { locationId: location } });
const found = await ghl.contacts.searchContactsAdvanced({ locationId: location, pageLimit: 20, query: 'rosa@example.org' });
check('and found', found.total === 1 && found.contacts[0].tags.includes('vip'), JSON.stringify(found).slice(0, 300));

// Opportunities.
const { pipelines } = await ghl.opportunities.getPipelines({ locationId: location });
const { opportunity } = await ghl.opportunities.createOpportunity({
  pipelineId: pipelines[0].id,
  locationId: location,
  name: 'House',
  status: 'open',
  contactId: contact.id,
  monetaryValue: 500000,
});
const moved = await ghl.opportunities.updateOpportunity(
  { id: opportunity.id },
  { pipelineStageId: pipelines[0].stages[2].id },
  { headers: { locationId: location } },
);
check('a deal moves', moved.opportunity.pipelineStageId === pipelines[0].stages[2].id);

// Conversations.
const sent = await ghl.conversations.sendANewMessage(
  { type: 'SMS', contactId: contact.id, message: 'hello' },
  { headers: { locationId: location } },
);
const messages = await ghl.conversations.getMessages(
  { conversationId: sent.conversationId },
  { headers: { locationId: location } },
);
check('a message is sent and listed', messages.messages.messages[0].body === 'hello', JSON.stringify(messages).slice(0, 300));

// Too fast: the library waits as the headers say. The clock is moved meanwhile, so that nobody else waits.
since = await requests();
await admin('faults', { class: 1 });
const waiting = ghl.contacts.getContacts({ locationId: location, limit: 5 });
const mover = setInterval(() => void admin('clock/advance', { seconds: 5 }), 2_000);
const slow = await waiting.finally(() => clearInterval(mover));
check('a burst is waited out', slow.contacts.length === 5);
check('after a 429', (await answered(since, 'GET /contacts/')).join() === '429,200');

// Webhooks: the library verifies what the emulator signs, and nothing else.
const pem = `-----BEGIN PUBLIC KEY-----\n${connection.webhookPublicKey}\n-----END PUBLIC KEY-----\n`;
const received = [];
const receiver = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    received.push({ signature: request.headers['x-ghl-signature'], body: Buffer.concat(parts).toString('utf8') });
    response.end('{}');
  });
});
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
await admin('webhooks', { url: `http://127.0.0.1:${receiver.address().port}/hook` });
await ghl.contacts.updateContact({ contactId: contact.id }, { city: 'Málaga' }, { headers: { locationId: location } });
for (let tries = 0; received.length === 0 && tries < 100; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
receiver.close();
const [hook] = received;
check('a webhook arrives', hook !== undefined && JSON.parse(hook.body).city === 'Málaga');
check('and is verified', ghl.webhooks.verifyEd25519Signature(hook.body, hook.signature, pem) === true);
check('and only as it was', ghl.webhooks.verifyEd25519Signature(`${hook.body} `, hook.signature, pem) === false);

// A Private Integration Token.
const { access_token: pit } = await admin('tokens', { locationId: location, private: true });
const direct = library({ privateIntegrationToken: pit });
const mine = await direct.contacts.getContacts({ locationId: location, limit: 1 });
check('a private token works', mine.contacts.length === 1);

finish();
