// From a file to a proposal: what a growth lead does on a Monday, in every look.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { audit, listen } from '../lib/audit.mjs';
import { settled, visit } from '../lib/browser.mjs';
import { download, generatePlan, importFile, moveSlider, openFirstOpportunity, rows } from '../lib/growth.mjs';
import { must } from '../lib/report.mjs';

export const title = 'From a file to a proposal';

const clients = fileURLToPath(new URL('../../data/growth/clients.csv', import.meta.url));

export async function run({ open, looks, report, out }) {
  for (const look of looks) {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    let reached = true;
    // A step that fails leaves the next ones without ground: they are not tried.
    const step = async (name, act) => {
      reached &&= await report.check(`${name}, ${look.name}`, page, async () => {
        complaints.splice(0);
        await act();
        return audit(page, null, complaints);
      });
    };

    await step('a file is previewed and imported, bad rows are named', async () => {
      mkdirSync(out, { recursive: true });
      const file = join(out, `clients ${look.name}.csv`);
      copyFileSync(clients, file);
      await importFile(page, file);
      const text = await page.locator('main').innerText();
      must(/rejected/i.test(text), 'the result does not speak of rejected rows');
      must(/satisfaction_score/.test(text), 'no rejected field is named');
    });

    await step('the short list has at most twenty, best first', async () => {
      await visit(page, '/growth/opportunities');
      const list = await rows(page);
      must(list.length > 0 && list.length <= 20, `${list.length} rows in the short list`);
      const column = Object.keys(list[0]).find((name) => /priority/i.test(name));
      must(column, 'the short list has no priority');
      const priorities = list.map((row) => Number.parseFloat(row[column]));
      must(priorities.every((value, index) => index === 0 || value <= priorities[index - 1]), `not sorted: ${priorities}`);
    });

    await step('an opportunity opens into its reasons', async () => {
      const panel = await openFirstOpportunity(page);
      const text = await panel.innerText();
      for (const word of [/satisfaction/i, /engagement/i, /vehicle|offer/i]) must(word.test(text), `the panel lacks ${word}`);
    });

    await step('what-if shows the difference before anything is saved', async () => {
      await moveSlider(page, 3);
      must(/%/.test(await page.locator('main').innerText()), 'no figures after the change');
    });

    await step('a plan is made from the pipeline', async () => {
      must((await generatePlan(page)) > 0, 'the plan has no action');
    });

    await step('an outcome is recorded', async () => {
      await visit(page, '/growth/plan');
      await page.getByRole('button', { name: /record outcome|outcome/i }).or(page.getByRole('link', { name: /record outcome|outcome/i })).first().click();
      await settled(page);
      const form = page.locator('form:has([name="arr"])').first();
      await form.locator('[name="arr"]').fill('12000');
      const kind = form.locator('select[name="kind"]');
      if (await kind.count()) await kind.selectOption('won');
      else await form.locator('input[name="kind"][value="won"]').check();
      await form.getByRole('button', { name: /record|save/i }).first().click();
      await page.waitForLoadState('load');
      await settled(page);
      must(/won/i.test(await page.locator('main').innerText()), 'the plan does not show the won deal');
    });

    await step('a proposal leaves as PDF', async () => {
      await visit(page, '/growth/propositions');
      await page.locator('main table tbody a, main a[href*="/propositions/"]').first().click();
      await page.waitForLoadState('load');
      await settled(page);
      const pdf = await download(page, /proposal.*pdf|pdf.*proposal/i);
      must(pdf.subarray(0, 5).toString() === '%PDF-' && pdf.length > 10_000, `no PDF but ${pdf.length} bytes`);
    });

    if (!reached) console.log(`  the rest of the story was not reached in ${look.name}`);
    await context.close();
  }
}
