// The pictures of the documentation.
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { settled, visit } from './browser.mjs';

const clients = fileURLToPath(new URL('../../data/example/clients.csv', import.meta.url));
const wide = { width: 1440 };
const narrow = { width: 390 };
const light = { theme: 'light', ...wide };
const dark = { theme: 'dark', ...wide };

/** Name of the picture, page, look, and what is done before it is taken. */
const pictures = [
  ['overview-light', '/growth', light],
  ['overview-dark', '/growth', dark],
  ['overview-narrow', '/growth', { theme: 'light', ...narrow }],
  ['opportunities-light', '/growth/opportunities', light],
  ['opportunities-dark', '/growth/opportunities', dark],
  ['client-light', '/growth/opportunities', light, openFirstClient],
  ['whitespace-light', '/growth/whitespace', light],
  ['revenue-light', '/growth/revenue', light],
  ['revenue-dark', '/growth/revenue', dark],
  ['plan-light', '/growth/plan', light],
  ['plan-narrow', '/growth/plan', { theme: 'dark', ...narrow }],
  ['propositions-light', '/growth/propositions', light],
  ['proposition-light', '/growth/propositions', light, openFirstProposition],
  ['import-light', '/growth/import', light, previewFile],
  ['policies-light', '/growth/policies', light],
];

async function openFirstClient(page) {
  await page.locator('main table tbody a').first().click();
  await settled(page);
}

async function openFirstProposition(page) {
  await page.locator('main table tbody a[href*="/growth/propositions/"]').first().click();
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
