// What a growth lead does on the pages of client expansion, in the words of the pages.
import { readFileSync } from 'node:fs';
import { settled, visit } from './browser.mjs';
import { must } from './report.mjs';

/** Presses a button of the page, or of a part of it, and waits for the page that answers. */
export async function press(page, name, within = page.locator('main')) {
  const button = within.getByRole('button', { name }).first();
  await button.scrollIntoViewIfNeeded();
  await Promise.all([
    page.waitForResponse((response) => response.request().isNavigationRequest() || response.request().method() === 'POST'),
    button.click(),
  ]);
  await page.waitForLoadState('load');
  await settled(page);
}

/** The value of a figure on the page, by its label, as the page writes it. */
export async function figure(page, label) {
  const card = page.locator('main .kpi').filter({ has: page.getByText(label, { exact: true }) }).first();
  return (await card.locator('.kpi-value').innerText()).replaceAll(/\s+/g, ' ').trim();
}

/** The first number in a text, without thousands separators. */
export function number(text) {
  const found = /-?\d[\d,]*(\.\d+)?/.exec(text);
  if (!found) throw new Error(`no number in "${text}"`);
  return Number(found[0].replaceAll(',', ''));
}

/** Rows of the table with this caption: an array of texts by column head. */
export function rows(page, caption) {
  const table = page.locator('main table').filter({ has: page.locator('caption', { hasText: caption }) }).first();
  return table.evaluate((element) => {
    const heads = [...element.querySelectorAll('thead th')].map((cell) => cell.textContent.trim());
    return [...element.querySelectorAll('tbody tr')].map((row) =>
      Object.fromEntries([...row.cells].map((cell, index) => [heads[index], cell.textContent.trim()])),
    );
  });
}

/** Steps a slider with the keyboard and waits until the page has answered and the address holds the position. */
export async function slide(page, label, key, times) {
  const slider = page.getByRole('slider', { name: label }).first();
  const before = await slider.inputValue();
  const address = page.url();
  await slider.focus();
  for (let step = 0; step < times; step += 1) await page.keyboard.press(key);
  must((await slider.inputValue()) !== before, `the slider "${label}" does not move`);
  await page.waitForURL((url) => url.href !== address);
  await settled(page);
  return slider.inputValue();
}

/** The factors of a score: what each adds, what they add up to, and the score that is said. */
export function addedUp(part) {
  return part.locator('[aria-label="Factors of readiness"] tbody tr').evaluateAll((all) => {
    const adds = all.map((row) => Number(row.cells[3].textContent));
    const score = adds.pop();
    return { sum: adds.reduce((sum, one) => sum + one, 0), score, factors: adds.length, adds: adds.join(' + ') };
  });
}

/** Downloads what a link leads to: the name of the file and its bytes. */
export async function download(page, link) {
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), link.click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** Pages of a PDF. */
export function pdfPages(bytes) {
  return bytes.toString('latin1').match(/\/Type\s*\/Page(?![a-zA-Z])/g)?.length ?? 0;
}

/** Chooses a file and stands before its preview. */
export async function previewFile(page, file) {
  await visit(page, '/growth/import');
  await page.locator('input[type="file"]').setInputFiles(file);
  await press(page, 'Preview');
}
