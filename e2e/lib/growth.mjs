// What a growth lead does on the pages of client expansion, in the words of the pages.
import { readFileSync } from 'node:fs';
import { settled, visit } from './browser.mjs';
import { must } from './report.mjs';

/** Chooses a file, looks at the preview, imports it. Leaves the browser on the result. */
export async function importFile(page, file) {
  await visit(page, '/growth/import');
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByRole('button', { name: /preview/i }).click();
  await settled(page);
  await page.getByRole('table').first().waitFor();
  await page.getByRole('button', { name: /^import/i }).click();
  await page.waitForLoadState('load');
  await settled(page);
}

/** Rows of the first table of the page: an array of texts by column head. */
export function rows(page) {
  return page.locator('main table').first().evaluate((table) => {
    const heads = [...table.querySelectorAll('thead th')].map((cell) => cell.innerText.trim());
    return [...table.querySelectorAll('tbody tr')].map((row) =>
      Object.fromEntries([...row.cells].map((cell, index) => [heads[index], cell.innerText.trim()])),
    );
  });
}

/** Opens the first client of the short list and returns its panel. */
export async function openFirstOpportunity(page) {
  await visit(page, '/growth/opportunities');
  await page.locator('main table tbody a').first().click();
  const panel = page.getByRole('dialog').or(page.locator('aside[aria-label], main[data-client]')).first();
  await panel.waitFor();
  await settled(page);
  return panel;
}

/** Moves the first what-if slider by this many steps and waits for the preview. */
export async function moveSlider(page, steps) {
  await visit(page, '/growth/revenue');
  const slider = page.locator('input[type="range"]').first();
  const before = await slider.inputValue();
  await slider.focus();
  for (let step = 0; step < steps; step += 1) await page.keyboard.press('ArrowRight');
  must((await slider.inputValue()) !== before, 'the slider does not move');
  const preview = page.getByRole('button', { name: /preview|compare|update/i }).first();
  if (await preview.isVisible()) await preview.click();
  await page.waitForTimeout(400); // the slider waits for the hand to rest
  await settled(page);
}

/** Makes a plan and returns how many actions it has. */
export async function generatePlan(page) {
  await visit(page, '/growth/plan/new');
  await page.getByRole('button', { name: 'Generate plan' }).click();
  await page.waitForLoadState('load');
  await settled(page);
  return page.locator('[data-action-id]').count();
}

/** Downloads the first document whose link has this name and returns its bytes. */
export async function download(page, name) {
  const link = page.getByRole('link', { name }).first();
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), link.click()]);
  return readFileSync(await file.path());
}
