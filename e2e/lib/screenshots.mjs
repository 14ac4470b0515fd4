// The pictures of the documentation.
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settled, visit } from './browser.mjs';
import { market } from './places.mjs';

/** The market that the demo connects with the emulated GoHighLevel. */
const connected = 'summit';
/** The market that brought its past, in which a model is trained soon after the start. */
const grown = 'lagoon';

const clients = fileURLToPath(new URL('../../data/example/clients.csv', import.meta.url));

/** Name of the picture, page, and what is done before it is taken; each wide, light and dark. */
const views = [
  ['overview', '/growth'],
  ['opportunities', '/growth/opportunities'],
  ['client', '/growth/opportunities', openFirstClient],
  ['whitespace', '/growth/whitespace'],
  ['revenue', '/growth/revenue?chances=0.85'],
  ['plan', '/growth/plan'],
  ['propositions', '/growth/propositions'],
  ['proposition', '/growth/propositions?status=draft', openFirstProposition],
  ['import', '/growth/import', previewFile],
  ['policies', '/growth/policies/edit?from=framework%3A1', turnKnob],
  ['markets', '/markets'],
  ['market', `/markets/${market}`],
  ['contacts', `/m/${market}/contacts`],
  ['contact', `/m/${market}/contacts`, openFirstContact],
  ['leads', `/m/${market}/leads`],
  ['lead', `/m/${market}/leads`, openFirstLead],
  ['routing', `/m/${market}/leads/routing`],
  ['model', `/m/${grown}/leads/model`, trained],
  ['compliance', `/m/${market}/leads/compliance`, openFirstDecision],
  ['gohighlevel', `/m/${connected}/gohighlevel`, filled],
  ['gohighlevel-writes', `/m/${connected}/gohighlevel/writes`],
  ['gohighlevel-names', `/m/${connected}/gohighlevel/names?kind=stage`],
  ['people', `/m/${market}/people`],
  ['audit', `/m/${market}/audit`],
  ['figures', '/analytics'],
];

/** Name, page, look, and what is done before. */
const pictures = [
  ...views.flatMap(([name, path, prepare]) =>
    ['light', 'dark'].map((theme) => [`${name}-${theme}`, path, { theme, width: 1440 }, prepare]),
  ),
  ['overview-narrow', '/growth', { theme: 'light', width: 390 }],
  ['markets-narrow', '/markets', { theme: 'light', width: 390 }],
  ['leads-narrow', `/m/${market}/leads`, { theme: 'light', width: 390 }],
  ['contacts-narrow', `/m/${market}/contacts`, { theme: 'dark', width: 390 }],
  ['plan-narrow', '/growth/plan', { theme: 'dark', width: 390 }],
];

async function turnKnob(page) {
  const knob = page.locator('#knobs input[type="range"]').first();
  await knob.focus();
  for (let step = 0; step < 8; step += 1) await page.keyboard.press('ArrowRight');
  await page.getByText('Clients that change tier or level').first().waitFor();
  await knob.evaluate((input) => input.blur());
  await settled(page);
}

async function openFirstClient(page) {
  await page.locator('main table tbody a').first().click();
  await settled(page);
}

async function openFirstProposition(page) {
  await page.locator('main table tbody a[href*="/growth/propositions/"]').first().click();
  await page.waitForLoadState('load');
  await settled(page);
}

async function openFirstContact(page) {
  await page.locator('main table tbody a[href*="/contacts/"]').first().click();
  await page.waitForLoadState('load');
  await settled(page);
}

async function openFirstLead(page) {
  const id = await page.locator('main table tbody tr[data-row]').first().getAttribute('data-row');
  await visit(page, `/m/${market}/contacts/${id}`);
}

async function openFirstDecision(page) {
  await page.locator('main table tbody tr', { hasText: 'Refused' }).first().locator('a.row-link').click();
  await page.locator('dialog.drawer').waitFor();
  await settled(page);
}

/** Waits until what is at GoHighLevel was fetched. */
async function filled(page) {
  for (let look = 0; look < 60; look += 1) {
    const said = await page.locator('main').innerText();
    if (said.includes('Connected') && !said.includes('Fetching what is there')) return;
    await page.waitForTimeout(1000);
    await visit(page, `/m/${connected}/gohighlevel`);
  }
  throw new Error('the location is not filled');
}

/** Waits until a model was trained. */
async function trained(page) {
  for (let look = 0; look < 120; look += 1) {
    const judged = page.locator('main section.card').filter({ hasText: 'Judged at the training' }).first();
    if ((await judged.count()) > 0) {
      // Below the bar at the top, so that the charts are in the picture.
      await judged.evaluate((card) => scrollTo(0, card.getBoundingClientRect().top + scrollY - 72));
      return settled(page);
    }
    await page.waitForTimeout(1000);
    await visit(page, `/m/${grown}/leads/model`);
  }
  throw new Error('no model was trained');
}

async function previewFile(page) {
  await page.locator('input[type="file"]').setInputFiles(clients);
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.waitForLoadState('load');
  await settled(page);
}

export async function takeScreenshots({ open, report, screenshots, only }) {
  mkdirSync(screenshots, { recursive: true });
  const chosen = pictures.filter(([name]) => !only || only.some((start) => name.startsWith(start)));
  if (chosen.length === 0) throw new Error(`no picture is called ${only}`);
  for (const [name, path, look, prepare] of chosen) {
    const context = await open(look);
    const page = await context.newPage();
    await report.check(`picture ${name}`, page, async () => {
      const response = await visit(page, path);
      if (!response.ok()) return [`${path} answers ${response.status()}`];
      await prepare?.(page);
      await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
    });
    await context.close();
  }
}
