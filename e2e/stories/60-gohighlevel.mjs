// The connection with GoHighLevel, as the people of a market see it.
import { audit, listen } from '../lib/audit.mjs';
import { settled, visit } from '../lib/browser.mjs';
import { download, press, rows } from '../lib/growth.mjs';
import { inLanes } from '../lib/lanes.mjs';
import { must, same } from '../lib/report.mjs';

export const title = 'GoHighLevel: filled, healthy, written to, named';

/** The market that the demo connects with the emulated office. */
const home = '/m/summit/gohighlevel';

export async function run({ open, looks, report }) {
  await inLanes(looks, async (look) => {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    for (const [name, step] of Object.entries(steps)) {
      await report.check(`${said[name]}, ${look.name}`, page, async () => {
        complaints.splice(0);
        await step(page);
        return audit(page, null, complaints);
      });
    }
    await context.close();
  });
}

const steps = { filled, written, given, incidents, named, asked, done };

const said = {
  filled: 'the location is connected and what is there was fetched',
  written: 'scores are written back, and the table comes as a file',
  given: 'no event was given up',
  incidents: 'no incident waits',
  named: "the pipelines' stages have their words",
  asked: 'a message that the gate does not let out is not sent, and the page says why',
  done: 'a task that is asked for on the page of a lead is made there',
};

const text = (page) => page.locator('main').innerText();

/** Looks again until the page says so. */
async function until(page, path, holds, what) {
  for (let look = 0; look < 60; look += 1) {
    await visit(page, path);
    if (holds(await text(page))) return;
    await page.waitForTimeout(1000);
  }
  throw new Error(`${what}:\n${await text(page)}`);
}

async function filled(page) {
  await until(page, home, (said) => said.includes('Connected') && !said.includes('Fetching what is there'), 'it is not filled');
  await settled(page);
}

async function written(page) {
  await until(page, `${home}/writes?state=done`, (said) => said.includes('score'), 'no score was written');
  must((await rows(page, 'Writes to GoHighLevel')).length > 0, 'the writes are not listed');
  await page.locator('main details.menu > summary', { hasText: 'Export' }).first().click();
  const file = await download(page, page.locator('details.menu[open] a.menu-item', { hasText: 'CSV' }));
  must(file.bytes.toString('utf8').includes('score'), 'the file does not list the writes');
}

async function given(page) {
  await visit(page, `${home}/events`);
  must((await text(page)).includes('Nothing was given up'), await text(page));
}

async function incidents(page) {
  await visit(page, `${home}/incidents`);
  same(await page.locator('main h1, h1').first().innerText(), 'Incidents', 'the page');
}

async function named(page) {
  await visit(page, `${home}/names?kind=stage`);
  must((await rows(page, 'Names at GoHighLevel')).length > 0, 'no stage is named');
}

/** The page of the lead that stands first on the board. */
async function lead(page) {
  await visit(page, '/m/summit/leads');
  const id = await page.locator('main table tbody tr[data-row]').first().getAttribute('data-row');
  await visit(page, `/m/summit/contacts/${id}`);
}

async function asked(page) {
  await lead(page);
  await page.getByText('Write to them', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Text', exact: true }).fill('Good morning! May we call you about the house?');
  await page.getByLabel('Purpose', { exact: true }).selectOption('marketing');
  await press(page, 'Ask the gate and send');
  must(/It was not sent/.test(await page.locator('#toasts').innerText()), 'the page does not say that it was not sent');
  must((await text(page)).includes('Why they were not contacted'), 'the reason is not kept');
}

async function done(page) {
  await lead(page);
  await page.getByText('Make a task', { exact: true }).click();
  await page.getByLabel('What is to be done').fill('Bring the floor plan.');
  await page.getByLabel('By the end of').fill('2027-01-15');
  await press(page, 'Make the task');
  await until(page, `${home}/writes?state=done`, (said) => /\bTask\b/.test(said), 'the task was not made');
}
