// The pictures of the documentation.
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { visit } from './browser.mjs';

const wide = { width: 1440 };
const narrow = { width: 390 };

/** Name of the picture, page, look. */
const pictures = [
  ['overview-light', '/growth', { theme: 'light', ...wide }],
  ['overview-dark', '/growth', { theme: 'dark', ...wide }],
  ['overview-narrow', '/growth', { theme: 'light', ...narrow }],
  ['opportunities-light', '/growth/opportunities', { theme: 'light', ...wide }],
  ['opportunities-dark', '/growth/opportunities', { theme: 'dark', ...wide }],
  ['revenue-light', '/growth/revenue', { theme: 'light', ...wide }],
  ['revenue-dark', '/growth/revenue', { theme: 'dark', ...wide }],
  ['plan-light', '/growth/plan', { theme: 'light', ...wide }],
  ['plan-narrow', '/growth/plan', { theme: 'dark', ...narrow }],
  ['propositions-light', '/growth/propositions', { theme: 'light', ...wide }],
];

export async function takeScreenshots({ open, report, screenshots }) {
  mkdirSync(screenshots, { recursive: true });
  for (const [name, path, look] of pictures) {
    const context = await open(look);
    const page = await context.newPage();
    await report.check(`picture ${name}`, page, async () => {
      const response = await visit(page, path);
      if (!response.ok()) return [`${path} answers ${response.status()}`];
      await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
    });
    await context.close();
  }
}
