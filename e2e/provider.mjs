// Signing in at a real OpenID provider: oidc-provider on this machine, the program `ehub`, and a browser between them.
//
//   node e2e/provider.mjs --ehub PATH --chromium PATH --out DIR
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Provider } from 'oidc-provider';
import { audit, listen } from './lib/audit.mjs';
import { launch, looks, openContext, settled, visit } from './lib/browser.mjs';
import { Report, must } from './lib/report.mjs';

const { values: given } = parseArgs({ options: { ehub: { type: 'string' }, chromium: { type: 'string' }, out: { type: 'string' } } });
for (const name of ['ehub', 'chromium', 'out']) if (!given[name]) throw new Error(`--${name} is missing`);

const home = mkdtempSync(join(tmpdir(), 'ehub-provider-'));
const [hubPort, providerPort] = [await freePort(), await freePort()];
const base = `http://127.0.0.1:${hubPort}`;
const issuer = `http://127.0.0.1:${providerPort}`;
const secret = 'a secret & more';

const provider = new Provider(issuer, {
  clients: [{ client_id: 'hub', client_secret: secret, redirect_uris: [`${base}/sign-in/oidc/callback`], response_types: ['code'], grant_types: ['authorization_code'] }],
  pkce: { required: () => true },
  claims: { openid: ['sub'], email: ['email', 'email_verified'] },
  // The claims stand in the ID token, as large providers do it.
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['for this run only'] },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: id !== 'eve' }),
  }),
});
const listening = provider.listen(providerPort, '127.0.0.1');

writeFileSync(join(home, 'secret'), secret, { mode: 0o600 });
const hub = spawn(given.ehub, ['serve', '--listen', `127.0.0.1:${hubPort}`, '--data', join(home, 'data')], {
  env: {
    ...process.env,
    EHUB_OIDC_ISSUER: issuer,
    EHUB_OIDC_CLIENT_ID: 'hub',
    EHUB_OIDC_CLIENT_SECRET_FILE: join(home, 'secret'),
    EHUB_OIDC_LABEL: 'Example login',
    EHUB_EGRESS_ALLOW: `127.0.0.1:${providerPort}`,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const browser = await launch(given.chromium);
const report = new Report(given.out);
try {
  const link = await signInLink();
  const session = await operator(link);
  await run(session);
} finally {
  await browser.close();
  hub.kill('SIGTERM');
  await new Promise((done) => hub.once('exit', done));
  listening.close();
  listening.closeAllConnections();
  rmSync(home, { recursive: true, force: true });
}
console.log(`\n${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed === 0 && report.passed > 0 ? 0 : 1;

async function run(session) {
  console.log('Signing in at a provider');
  const desk = await openContext(browser, { base, look: looks[0], session });
  const page = await desk.newPage();
  for (const name of ['ben', 'eve']) {
    await report.check(`${name} is invited`, page, async () => {
      await visit(page, '/people');
      await page.fill('#email', `${name}@example.com`);
      await page.click('form[action="/people"] button.primary');
      await page.waitForSelector('.secret-list');
      await settled(page);
    });
  }

  const phone = await openContext(browser, { base, look: looks[3] });
  const ben = await phone.newPage();
  const complaints = listen(ben);
  await report.check('ben signs in at the provider and lands where he wanted to go', ben, async () => {
    await ben.goto('/account');
    await ben.click('text=Sign in with Example login');
    await atProvider(ben, 'ben');
    must(ben.url() === `${base}/account`, `he is at ${ben.url()}`);
    const me = await (await phone.request.get('/api/v1/me')).json();
    must(me.email === 'ben@example.com', `he is ${me.email}`);
    complaints.splice(0);
    return audit(ben, await ben.reload(), complaints);
  });
  await report.check('signed out, he comes in again by one click', ben, async () => {
    await phone.request.post('/sign-out', { headers: { origin: base } });
    await ben.goto('/sign-in');
    await ben.click('text=Sign in with Example login');
    await ben.waitForURL(`${base}/**`);
    const me = await (await phone.request.get('/api/v1/me')).json();
    must(me.email === 'ben@example.com', `he is ${me.email}`);
  });
  for (const [name, why] of [['mallory', 'whom nobody invited'], ['eve', 'whose address is not verified']]) {
    await report.check(`${name}, ${why}, stays outside`, ben, async () => {
      const context = await openContext(browser, { base, look: looks[0] });
      const other = await context.newPage();
      await other.goto('/sign-in');
      await other.click('text=Sign in with Example login');
      await atProvider(other, name);
      must((await other.textContent('main')).includes('That did not work'), `${name} is told nothing`);
      must((await context.request.get('/api/v1/me')).status() === 401, `${name} came in`);
      await context.close();
    });
  }
  await report.check('a changed state brings nobody in', ben, async () => {
    const context = await openContext(browser, { base, look: looks[0] });
    const other = await context.newPage();
    const sent = await context.request.get('/sign-in/oidc', { maxRedirects: 0 });
    const changed = new URL(sent.headers().location);
    changed.searchParams.set('state', 'x'.repeat(43));
    await other.goto(changed.href);
    await atProvider(other, 'ben');
    must((await context.request.get('/api/v1/me')).status() === 401, 'a changed state came in');
    await context.close();
  });
  await report.check('who is signed in links an identity under another address', page, async () => {
    await page.goto('/account');
    await page.click('text=Link Example login');
    await atProvider(page, 'private');
    must((await page.textContent('body')).includes('you can sign in with Example login'), 'nothing was linked');
  });
  await desk.close();
  await phone.close();
}

/** The provider's two pages: who one is, and that the hub may know. */
async function atProvider(page, name) {
  await page.waitForSelector('input[name="login"]');
  await page.fill('input[name="login"]', name);
  await page.fill('input[name="password"]', 'anything');
  await page.click('button[type="submit"]');
  await page.waitForSelector('text=Continue');
  await page.click('button[type="submit"]');
  await page.waitForURL(`${base}/**`);
  await settled(page);
}

async function operator(link) {
  const context = await openContext(browser, { base });
  const page = await context.newPage();
  await page.goto(link);
  await page.click('main form[method="post"] button');
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  const session = await context.storageState();
  await context.close();
  return session;
}

async function signInLink() {
  let said = '';
  for await (const chunk of hub.stdout) {
    said += chunk;
    const link = /https?:\/\/\S+\/sign-in\/link\/\S+/.exec(said);
    if (link) return link[0];
  }
  throw new Error(`the hub did not start: ${said}`);
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
