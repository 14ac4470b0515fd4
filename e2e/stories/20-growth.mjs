// From a file to a signed deal: what a growth lead does on a Monday, step by step, on one hub.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { audit, listen } from '../lib/audit.mjs';
import { settled, visit } from '../lib/browser.mjs';
import { addedUp, download, figure, number, pdfPages, press, previewFile, rows, slide } from '../lib/growth.mjs';
import { must, same } from '../lib/report.mjs';

export const title = 'From a file to a signed deal';

const clients = fileURLToPath(new URL('../../data/growth/clients.csv', import.meta.url));
/** The day that the file speaks of. */
const exported = Date.UTC(2026, 0, 19);
const day = 86_400_000;
const chosen = (look) => look.name === 'light 1440' || look.name === 'dark 390';

export async function run({ open, looks, report, out }) {
  for (const look of looks.filter(chosen)) {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    const story = new Story(page, context, look, out);
    for (const [name, act] of story.steps()) {
      const held = await report.check(`${name}, ${look.name}`, page, async () => {
        complaints.splice(0);
        await act.call(story);
        return audit(page, null, complaints);
      });
      if (!held) {
        // A step that fails leaves the next ones without ground.
        console.log(`  the rest of the story was not reached in ${look.name}`);
        break;
      }
    }
    await context.close();
  }
}

/** The same text with every date as far from today as it was from the day of the file. */
function aged(text) {
  const older = Math.floor(Date.now() / day) * day - exported;
  return text.replaceAll(/\d{4}-\d\d-\d\dT00:00:00/g, (date) => new Date(Date.parse(`${date}Z`) + older).toISOString().slice(0, 19));
}

class Story {
  constructor(page, context, look, out) {
    Object.assign(this, { page, context, look, out });
  }

  steps() {
    return [
      ['a file is previewed, its columns recognised, its bad rows named', this.preview],
      ['a wrong column is corrected before the import', this.correctColumn],
      ['the import becomes a snapshot that keeps what was refused', this.import],
      ['the overview shows the new client base', this.overview],
      ['the short list has at most twenty, best first', this.shortList],
      ['a panel shows why: factors that add up to the score', this.drawer],
      ['what-if moves the forecast, and the address keeps it', this.whatIf],
      ['a policy is changed, previewed and saved', this.policyDraft],
      ['the numbers follow the policy that counts', this.policyCounts],
      ['a plan is made, and an action done', this.plan],
      ['an outcome reaches another tab by itself', this.outcome],
      ['a proposition is written and edited', this.proposition],
      ['it leaves as PDF, and is kept as sent', this.proposal],
    ];
  }

  /** The client base as if it were exported today, with clients and one more bad row of this look's own. */
  file() {
    mkdirSync(this.out, { recursive: true });
    const lines = aged(readFileSync(clients, 'utf8')).replaceAll(/client_(?=\d)/g, `${this.look.theme}_`).trimEnd().split('\n');
    const heads = lines[0].split(',');
    const bad = lines[1].split(',');
    bad[0] = `client_${this.look.width}`;
    bad[heads.indexOf('satisfaction_score')] = '9.9';
    const path = join(this.out, `clients ${this.look.name}.csv`);
    writeFileSync(path, `${[...lines, bad.join(',')].join('\n')}\n`);
    this.rowCount = lines.length;
    return path;
  }

  async preview() {
    const { page } = this;
    await previewFile(page, this.file());
    const offered = number(await figure(page, 'Clients to import'));
    const rejected = number(await figure(page, 'Rejected rows'));
    same(offered + rejected, this.rowCount, 'rows to import and rejected rows together');
    must(rejected > 0, 'no row is rejected');
    const text = await page.locator('main').innerText();
    for (const word of ['satisfaction_score', '9.9']) must(text.includes(word), `the preview does not name ${word}`);
    this.rejected = rejected;
  }

  async correctColumn() {
    const { page } = this;
    const column = page.getByLabel('Use of leads_growth_rate');
    const meant = await column.inputValue();
    await column.selectOption('ignore');
    await press(page, 'Update the preview');
    same(await column.inputValue(), 'ignore', 'use of the column after the update');
    await column.selectOption(meant);
    await press(page, 'Update the preview');
    same(number(await figure(page, 'Rejected rows')), this.rejected, 'rejected rows after the correction');
  }

  async import() {
    const { page } = this;
    await press(page, /^Import \d+ clients$/);
    must(/\/growth\/snapshots\//.test(page.url()), `the import leads to ${page.url()}`);
    same(number(await figure(page, 'Rejected rows')), this.rejected, 'rejected rows of the snapshot');
    this.clients = number(await figure(page, 'Clients taken'));
    same(this.clients + this.rejected, this.rowCount, 'rows of the snapshot');
    const named = await rows(page, 'Rejected rows');
    must(named.length >= this.rejected, `${named.length} refusals are listed of ${this.rejected} rows`);
  }

  async overview() {
    const { page } = this;
    await visit(page, '/growth');
    const text = await page.locator('main').innerText();
    must(text.includes(`clients ${this.look.name}.csv`), 'the overview does not name its source');
    must(text.includes(String(this.clients)), `the overview does not show ${this.clients} clients`);
    must(/MRR/.test(text) && /ARR/.test(text), 'money without MRR or ARR');
  }

  async shortList() {
    const { page } = this;
    await visit(page, '/growth/opportunities');
    const list = await rows(page, 'Clients');
    must(list.length > 0 && list.length <= 20, `${list.length} rows in the short list`);
    const priorities = list.map((row) => Number.parseFloat(row.Priority));
    must(priorities.every((value, index) => index === 0 || value <= priorities[index - 1]), `not sorted: ${priorities}`);
  }

  async drawer() {
    const { page } = this;
    await page.locator('main table .row-link').first().click();
    const panel = page.getByRole('dialog').first();
    await panel.waitFor();
    await settled(page);
    this.client = new URL(page.url()).searchParams.get('client');
    must(this.client, 'the address does not name the client of the panel');
    const { sum, score, factors, adds } = await addedUp(panel);
    must(factors >= 4 && Math.abs(sum - score) < 0.006 * factors, `${factors} factors add up to ${sum}, the score is ${score}`);
    this.adds = adds;
    const text = await panel.innerText();
    for (const word of [/asks|Why Tier/, /vehicle|offer/i, /chance|probability/i]) must(word.test(text), `the panel lacks ${word}`);
  }

  async whatIf() {
    const { page } = this;
    await visit(page, '/growth/revenue');
    const live = await figure(page, 'Expected ARR by day 90');
    const position = await slide(page, 'Every chance times', 'ArrowLeft', 5);
    await page.waitForFunction((before) => !document.querySelector('main').innerText.includes(`${before}\n`), live).catch(() => {});
    const assumed = await figure(page, 'Expected ARR by day 90');
    must(assumed !== live, `the forecast stays at ${live} with every chance times ${position}`);
    must(new URL(page.url()).searchParams.get('chances') === position, `the address ${page.url()} does not hold ${position}`);
    await page.reload();
    await settled(page);
    same(await figure(page, 'Expected ARR by day 90'), assumed, 'forecast after loading the address again');
    same(await page.getByRole('slider', { name: 'Every chance times' }).inputValue(), position, 'slider after loading again');
    const goal = await figure(page, 'Chance of the goal by day 90');
    await slide(page, 'Goal MRR', 'End', 1);
    must((await figure(page, 'Chance of the goal by day 90')) !== goal, `the chance of the goal stays ${goal} at the highest goal`);
  }

  async policyDraft() {
    const { page } = this;
    await visit(page, '/growth/policies');
    await page.getByRole('link', { name: 'Try a change' }).first().click();
    await page.waitForURL(/\/policies\/edit/);
    await settled(page);
    const slider = page.locator('#knobs input[type="range"]').first();
    await slide(page, await slider.evaluate((input) => input.labels[0].textContent.trim()), 'ArrowRight', 10);
    await page.getByText('Clients that change tier or level').first().waitFor();
    must(number(await figure(page, 'Change tier or level')) >= 0, 'no count of moved clients');
    const reason = `Satisfaction counts more, ${this.look.name}`;
    await page.getByLabel('Why this change').fill(reason);
    await press(page, /Save as the next version/);
    this.policy = (await page.locator('h1').innerText()).trim();
    must((await page.locator('main').innerText()).includes(reason), 'the version does not say why');
    must(!(await page.locator('main').innerText()).includes('This version counts'), 'saving made the policy count');
  }

  async policyCounts() {
    const { page } = this;
    await press(page, 'Make it count');
    must((await page.locator('main').innerText()).includes('This version counts'), 'the policy does not count');
    await visit(page, `/growth/clients/${this.client}`);
    const { sum, score, factors, adds } = await addedUp(page.locator('main'));
    must(Math.abs(sum - score) < 0.006 * factors, `factors add up to ${sum}, the score is ${score}`);
    must(adds !== this.adds, `the score is still ${adds}`);
    must((await page.locator('main').innerText()).includes(this.policy), `the page does not name ${this.policy}`);
  }

  async plan() {
    const { page } = this;
    await visit(page, '/growth/plan/new');
    await press(page, 'Generate plan');
    await visit(page, '/growth/plan');
    const actions = page.locator('[data-action-id]');
    must((await actions.count()) > 0, 'the plan has no action');
    must(number(await figure(page, 'Expected added ARR')) > 0, 'the plan expects nothing');
    const [done] = (await figure(page, 'Actions done')).split(' of ').map(Number);
    const first = page.locator('[data-action-id]:has(button[aria-label^="Done: "])').first();
    const id = await first.getAttribute('data-action-id');
    await press(page, /^Done: /, first);
    await page.locator(`[data-action-id="${id}"] button[aria-label^="Reopen: "]`).waitFor();
    const [after] = (await figure(page, 'Actions done')).split(' of ').map(Number);
    same(after, done + 1, 'actions done');
  }

  async outcome() {
    const { page, context } = this;
    const other = await context.newPage();
    await visit(other, '/growth/revenue');
    const before = await other.locator('main .kpi-value').allInnerTexts();
    await visit(page, '/growth/plan/progress');
    const contracts = number(await figure(page, 'Contracts signed'));
    await visit(page, `/growth/clients/${this.client}`);
    await page.locator('main').getByRole('link', { name: /record outcome/i }).first().click();
    await page.waitForURL(/outcomes\/new/);
    await settled(page);
    const form = page.locator('form:has([name="arr"])').first();
    await form.locator('[name="kind"][value="won"]').check();
    await form.locator('[name="arr"]').fill('12000');
    await press(page, 'Record outcome');
    must(/won/i.test(await page.locator('body').innerText()), 'the page does not say that the deal is won');
    // Nobody touches the other tab: the hub tells it.
    const changed = (texts) => [...document.querySelectorAll('main .kpi-value')].some((value, place) => value.innerText !== texts[place]);
    await other.waitForFunction(changed, before);
    await other.close();
    await visit(page, '/growth/plan/progress');
    same(number(await figure(page, 'Contracts signed')), contracts + 1, 'contracts signed');
  }

  async proposition() {
    const { page } = this;
    await visit(page, '/growth/propositions?status=none');
    await page.locator('main table .row-link, main table tbody a').first().click();
    await page.waitForURL(/propositions\/new/);
    await settled(page);
    await press(page, 'Start a draft');
    await page.waitForURL(/\/propositions\/[0-9A-Z]{26}/);
    await settled(page);
    await page.getByRole('link', { name: /Edit title and subject/ }).click();
    await page.waitForURL(/edit=heading/);
    await settled(page);
    const words = `A plan for next year, ${this.look.name}`;
    await page.getByLabel('Title', { exact: true }).fill(words);
    await press(page, 'Save as version 2');
    must((await page.locator('article.paper').innerText()).includes(words), 'the proposition does not show the edit');
  }

  async proposal() {
    const { page } = this;
    const { name, bytes } = await download(page, page.getByRole('link', { name: 'Proposal (PDF)' }).first());
    must(name.endsWith('.pdf') && bytes.subarray(0, 5).toString() === '%PDF-', `${name} is no PDF`);
    must(pdfPages(bytes) >= 3, `the proposal has ${pdfPages(bytes)} pages`);
    const summary = await download(page, page.getByRole('link', { name: 'Summary (PDF)' }).first());
    same(pdfPages(summary.bytes), 1, 'pages of the summary');
    await page.getByLabel('Sent to').fill('buyer@client.example');
    await press(page, 'Mark as sent');
    const text = await page.locator('main').innerText();
    must(text.includes('buyer@client.example') && /Sent/.test(text), 'the proposition is not kept as sent');
    same(await page.getByRole('link', { name: /^Edit/ }).count(), 0, 'ways to edit what was sent');
  }
}
