// The pictures of the documentation.
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settled, visit } from './browser.mjs';
import { market } from './places.mjs';

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

async function previewFile(page) {
  await page.locator('input[type="file"]').setInputFiles(clients);
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.waitForLoadState('load');
  await settled(page);
}

export async function takeScreenshots({ open, report, screenshots }) {
  mkdirSync(screenshots, { recursive: true });
  for (const [name, path, look, prepare] of pictures) {
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
