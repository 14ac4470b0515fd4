// The tools that every page shares: tables, palette, keyboard, paper.
import { inflateRawSync } from 'node:zlib';
import { join } from 'node:path';
import { audit, listen } from '../lib/audit.mjs';
import { settled, visit } from '../lib/browser.mjs';
import { download, number, press, rows } from '../lib/growth.mjs';
import { focusShows, tabTo } from '../lib/keyboard.mjs';
import { inLanes } from '../lib/lanes.mjs';
import { must, same } from '../lib/report.mjs';

export const title = 'Tables, palette, keyboard, paper';

const list = '/growth/opportunities?scope=all';
const steps = { filter, sort, columns, view, exported, palette, walk, paper };

export async function run({ open, looks, report, out }) {
  await inLanes(looks.filter((look) => (look.width > 600) === (look.theme === 'light')), async (look) => {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    for (const [name, step] of Object.entries(steps)) {
      await report.check(`${said[name]}, ${look.name}`, page, async () => {
        complaints.splice(0);
        await step(page, look, out);
        return audit(page, null, complaints);
      });
    }
    await context.close();
  });
}

/** A4 without its margins, in CSS pixels. */
const sheetOfPaper = { width: 718, height: 1047 };

const said = {
  filter: 'a table is searched and filtered, and its address holds it',
  sort: 'a table is sorted both ways',
  columns: 'a column is hidden and comes back',
  view: 'a view is saved, opened, and deleted',
  exported: 'CSV and workbook hold every row that matches',
  palette: 'the palette leads to a page',
  walk: 'from the list into a panel and back, by keyboard only',
  paper: 'on paper only the content is left',
};

/** Rows that match, as the table says. */
async function matching(page) {
  return number((await page.locator('main [role="status"]').last().innerText()).replace(/.*of/s, ''));
}

async function open(page, menu) {
  await page.locator('main details.menu > summary', { hasText: menu }).first().click();
}

async function filter(page) {
  await visit(page, list);
  const all = await matching(page);
  await open(page, 'Tier');
  await page.getByRole('checkbox', { name: 'Tier 1' }).check();
  await page.waitForURL(/tier=/);
  await settled(page);
  const first = await matching(page);
  must(first > 0 && first < all, `${first} of ${all} after the filter`);
  for (const row of await rows(page, 'Clients')) same(row.Tier, 'Tier 1', 'tier of a row');
  await page.reload();
  await settled(page);
  same(await matching(page), first, 'rows after loading the address again');
  await page.getByRole('searchbox', { name: /Search clients/ }).first().fill('no such client');
  await page.waitForURL(/q=no/);
  await settled(page);
  same((await page.locator('main tbody .row-link').count()), 0, 'rows of a search for nobody');
}

async function sort(page) {
  await visit(page, `${list}&sort=-score`);
  const scores = async () => (await rows(page, 'Clients')).map((row) => Number(row.Score));
  const down = await scores();
  must(down.length > 5 && down.every((score, place) => place === 0 || score <= down[place - 1]), `not descending: ${down}`);
  await page.locator('main thead a', { hasText: 'Score' }).click();
  await page.waitForURL(/sort=score/);
  await settled(page);
  const up = await scores();
  must(up.every((score, place) => place === 0 || score >= up[place - 1]), `not ascending: ${up}`);
}

async function columns(page) {
  await visit(page, list);
  const heads = () => page.locator('main thead').first().locator('th').allTextContents();
  must((await heads()).includes('Tier'), 'there is no column to hide');
  await open(page, 'Columns');
  await page.locator('a.menu-item', { hasText: /^\s*Hide\s+Tier/ }).click();
  await page.waitForURL(/cols=/);
  await settled(page);
  must(!(await heads()).includes('Tier'), 'the column is still there');
  await visit(page, new URL(page.url()).pathname + new URL(page.url()).search);
  must(!(await heads()).includes('Tier'), 'the address does not hold the columns');
}

async function view(page, look) {
  const name = `Ready, ${look.name}`;
  await visit(page, `${list}&tier=tier_1&sort=-score`);
  const kept = await matching(page);
  await open(page, 'Views');
  await page.getByLabel('Name of a new view').fill(name);
  await press(page, 'Save view');
  await visit(page, '/growth/opportunities');
  await open(page, 'Views');
  await page.getByRole('link', { name, exact: true }).click();
  await page.waitForURL(/tier=tier_1/);
  await settled(page);
  same(await matching(page), kept, 'rows of the saved view');
  await visit(page, '/growth/opportunities');
  await open(page, 'Views');
  await press(page, `Delete the view ${name}`);
  same(await page.getByRole('link', { name, exact: true }).count(), 0, 'views of that name after deleting it');
}

async function exported(page) {
  await visit(page, list);
  const all = await matching(page);
  const save = async (label) => {
    await open(page, 'Export');
    const file = await download(page, page.locator('details.menu[open] a.menu-item', { hasText: label }));
    await page.keyboard.press('Escape');
    return file;
  };
  const csv = await save('CSV');
  must(csv.name.endsWith('.csv'), `${csv.name} is no CSV`);
  same(csv.bytes.toString('utf8').trimEnd().split(/\r?\n/).length - 1, all, 'rows of the CSV');
  const book = await save('Excel');
  must(book.name.endsWith('.xlsx') && book.bytes.subarray(0, 2).toString() === 'PK', `${book.name} is no workbook`);
  same((sheet(book.bytes).match(/<row /g)?.length ?? 0) - 1, all, 'rows of the workbook');
}

/** The first sheet of a workbook: the entry of the zip archive, by its central directory. */
function sheet(bytes) {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    const lengths = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString('utf8', at + 46, at + 46 + lengths[0]);
    if (name === 'xl/worksheets/sheet1.xml') {
      const local = bytes.readUInt32LE(at + 42);
      const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      const packed = bytes.subarray(from, from + bytes.readUInt32LE(at + 20));
      return (bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed).toString('utf8');
    }
    at += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  throw new Error('the workbook has no first sheet');
}

async function palette(page) {
  await visit(page, '/growth');
  await page.keyboard.press('Control+k');
  await page.locator('#palette input').fill('policies');
  await page.locator('#palette .result', { hasText: 'Policies' }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/growth\/policies/);
  await settled(page);
}

async function walk(page) {
  await visit(page, '/growth');
  await page.keyboard.press('Tab');
  must(await page.evaluate(() => document.activeElement.matches('.skip')), 'the first stop is not the way to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForURL(/\/growth\/opportunities/);
  await settled(page);
  await tabTo(page, 'main tbody .row-link');
  must(await focusShows(page), 'the focused row does not show it');
  await page.keyboard.press('j');
  const chosen = await page.evaluate(() => document.activeElement.textContent.trim());
  await page.keyboard.press('Enter');
  const panel = page.getByRole('dialog').first();
  await panel.waitFor();
  await settled(page);
  must((await panel.innerText()).includes(chosen), `the panel is not that of ${chosen}`);
  must(await page.evaluate(() => document.activeElement.closest('dialog') !== null), 'the focus is not in the panel');
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  must(!page.url().includes('client='), 'the address still names the client');
  same(await page.evaluate(() => document.activeElement.textContent.trim()), chosen, 'what has the focus after closing');
}

async function paper(page, look, out) {
  await visit(page, '/growth/opportunities');
  await page.setViewportSize(sheetOfPaper);
  await page.emulateMedia({ media: 'print' });
  for (const part of ['#nav', '.topbar', '.toolbar']) {
    same(await page.locator(`${part}:visible`).count(), 0, `${part} on paper`);
  }
  must(await page.locator('main table').first().isVisible(), 'no table on paper');
  const ground = () => getComputedStyle(document.body).backgroundColor;
  const white = /^rgba\(.*, 0\)$|^rgb\(255, 255, 255\)$/;
  // Where motion is reduced every change still takes one frame.
  for (let frame = 0; frame < 60 && !white.test(await page.evaluate(ground)); frame += 1) {
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  must(white.test(await page.evaluate(ground)), `paper is ${await page.evaluate(ground)}`);
  await page.screenshot({ path: join(out, `paper ${look.name}.png`), fullPage: true });
}
