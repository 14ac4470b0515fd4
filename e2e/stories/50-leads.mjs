// Leads of a market, as the people live with them who call all day.
import { audit, listen } from '../lib/audit.mjs';
import { settled, visit } from '../lib/browser.mjs';
import { download, figure, number, press, rows } from '../lib/growth.mjs';
import { inLanes } from '../lib/lanes.mjs';
import { market } from '../lib/places.mjs';
import { must, same } from '../lib/report.mjs';

export const title = 'Leads: whom to call and why, a word of one\'s own, who gets whom, what may be sent';

const board = `/m/${market}/leads`;

export async function run({ open, looks, report }) {
  await inLanes(looks, async (look) => {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    const changes = (look.width > 600) === (look.theme === 'light');
    for (const [name, [said, step, refused]] of Object.entries(steps)) {
      // What changes something is done once in each width, or the looks would change it under each other's feet.
      if (changing.has(name) && !changes) continue;
      await report.check(`${said}, ${look.name}`, page, async () => {
        complaints.splice(0);
        await step(page, look);
        return audit(page, null, complaints.filter((text) => !refused || !text.includes(`status of ${refused}`)));
      });
    }
    await context.close();
  });
}

const steps = {
  ranked: ['the board ranks leads by their chance', ranked],
  narrowed: ['a filter is in the address and comes off again', narrowed],
  opened: ['a lead opens beside the board into its reasons', opened],
  taken: ['all leads are taken out with a manifest', taken],
  looked: ['a lead is found by name without its name in the address', looked],
  person: ['the page of a person adds up the chance', person],
  word: ['a word of one\'s own counts and is taken back', word],
  stopped: ['who asks for no messages gets none, and the page says why', stopped],
  model: ['the model page says what scores rest on and what is missing', model],
  grown: ['a market that brought its past has a model on trial, judged with reliability and lift', grown],
  compliance: ['the compliance log opens into every step', compliance],
  routing: ['routing shows who gets which lead, and how fast', routing],
  offers: ['offers say to whom, and what became of them', offers],
  policy: ['a policy that cannot be read is refused beside its field', policy, 422],
};

/** Steps that change the market. */
const changing = new Set(['word', 'stopped', 'policy']);

const text = (page) => page.locator('main').innerText();

/** A share as the page writes it, in percent. */
const percent = (said) => number(said.replace('−', '-'));

async function ranked(page) {
  await visit(page, board);
  const leads = await rows(page, 'Leads');
  must(leads.length > 5, 'there are too few leads on the board');
  const chances = leads.filter((lead) => lead.Chance.includes('%')).map((lead) => percent(lead.Chance));
  must(chances.length > 5, 'the leads have no chances');
  same(chances.join(), [...chances].sort((one, two) => two - one).join(), 'the order of the chances');
  const bands = await Promise.all(['Hot', 'Warm', 'Cold'].map((band) => figure(page, band)));
  must(bands.some((band) => number(band) > 0), 'nobody is in any band');
  must(/prior rule|model/i.test(await text(page)), 'the page does not say what scores rest on');
}

async function narrowed(page) {
  await visit(page, `${board}?band=hot`);
  const hot = await rows(page, 'Leads');
  must(hot.every((lead) => lead.Band.includes('Hot')), 'somebody on the board is not hot');
  same(hot.length, Math.min(50, number(await figure(page, 'Hot'))), 'the hot leads on the board');
  await page.getByRole('link', { name: 'Remove filter Band: Hot' }).click();
  await page.waitForURL((url) => !url.search.includes('band'));
  await settled(page);
  must((await rows(page, 'Leads')).length > hot.length, 'the filter does not come off');
}

async function opened(page) {
  await visit(page, board);
  await page.locator('main table tbody a.row-link').first().click();
  const drawer = page.locator('dialog.drawer');
  await drawer.waitFor();
  await settled(page);
  must(new URL(page.url()).searchParams.get('lead'), 'the open lead is not in the address');
  must((await drawer.locator('.pushes li').count()) > 0, 'the drawer gives no reasons');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  must(!new URL(page.url()).searchParams.get('lead'), 'the closed drawer is still in the address');
}

async function taken(page) {
  await visit(page, board);
  const file = await download(page, page.getByRole('link', { name: 'Export with manifest' }));
  must(file.name.endsWith('.zip') && file.bytes.subarray(0, 2).toString() === 'PK', 'the export is no archive');
  const csv = await page.request.get(`${board}?format=csv`);
  const manifest = JSON.parse(csv.headers()['x-manifest']);
  same(Number(csv.headers()['x-row-count']), manifest.rows, 'the rows that the manifest names');
  same((await csv.text()).trim().split('\n').length > manifest.rows, true, 'the file holds every row and a heading');
}

async function looked(page) {
  await visit(page, board);
  const name = (await page.locator('main table tbody a.row-link').first().innerText()).split('\n')[0];
  await page.getByLabel('Find a lead by e-mail address').fill(name.toUpperCase());
  await press(page, 'Find');
  must((await text(page)).includes(name), 'the lead is not found by its name');
  must(!decodeURIComponent(page.url()).includes(name.split(' ')[0]), 'the address holds a name');
}

/** The page of the person who stands first on the board. */
async function first(page, query = '') {
  await visit(page, `${board}${query}`);
  const id = await page.locator('main table tbody tr[data-row]').first().getAttribute('data-row');
  return visit(page, `/m/${market}/contacts/${id}`);
}

async function person(page) {
  await first(page);
  const card = page.locator('section.card').filter({ has: page.getByRole('heading', { name: 'Chance', exact: true }) });
  await card.getByText('How the number is made').click();
  const adds = await card.locator('[aria-label="Factors of the score in log-odds"] tbody tr').evaluateAll((all) =>
    all.map((row) => Number(row.cells[2].textContent.replace('−', '-').replace('+', ''))),
  );
  const sum = adds.pop();
  const added = adds.reduce((one, two) => one + two, 0);
  must(Math.abs(added - sum) < 0.001 * adds.length, `the factors add up to ${added}, and the page says ${sum}`);
  // The prior's chance is the sum itself, on the scale of chances.
  const said = percent(await card.locator('.lead-chance').innerText()) / 100;
  must(Math.abs(1 / (1 + Math.exp(-sum)) - said) < 0.002, `log-odds of ${sum} are no chance of ${said}`);
  must((await page.locator('ol.timeline li').count()) > 3, 'the timeline is empty');
}

/** Both looks that change something do so at once: each with leads of its own. */
const band = (look) => (look.theme === 'light' ? 'cold' : 'warm');

async function word(page, look) {
  await first(page, `?band=${band(look)}`);
  const place = page.url();
  await page.getByText(/^(I know better|Say something else)$/).click();
  await page.getByRole('spinbutton', { name: 'Chance' }).fill('88');
  await page.getByRole('textbox', { name: /^Why/ }).first().fill('Met them at the open house on Sunday.');
  await press(page, 'Set the chance');
  same(page.url(), place, 'where one lands');
  must((await text(page)).includes('Met them at the open house'), 'the reason is not shown');
  same(percent(await page.locator('.lead-chance').innerText()), 88, 'the chance that counts');
  must((await text(page)).includes('The computed chance is'), 'the computed chance is gone');
  await press(page, 'Back to the computed chance');
  must(percent(await page.locator('.lead-chance').innerText()) !== 88, 'the word still counts');
}

async function stopped(page, look) {
  await first(page, `?band=${band(look)}&sort=-arrived`);
  await page.getByText('Wants no messages').click();
  await page.getByLabel('What they said', { exact: false }).fill('Asked on the phone to be left alone.');
  await press(page, 'Record it');
  must(/opted out/i.test(await text(page)), 'the page does not say that the person opted out');
}

async function model(page) {
  await visit(page, `${board}/model`);
  const said = await text(page);
  must(/leads_prior v\d+|model/i.test(said), 'the page does not name the rule or the model');
  must(/of the \d+|of \d+/.test(said) || /judged on/.test(said), 'the page does not say what is missing or what was measured');
}

/** The hub trains by itself soon after the start, on what the team brought from the system before. */
async function grown(page) {
  const place = '/m/lagoon/leads/model';
  for (let look = 0; look < 120; look += 1) {
    await visit(page, place);
    if ((await text(page)).includes('Judged at the training')) break;
    await page.waitForTimeout(1000);
  }
  must((await text(page)).includes('Judged at the training'), 'no model was trained');
  const models = await rows(page, 'Models on record');
  must(models.length > 0 && /Challenger|Looks on|In force/.test(models[0].Is), 'the model is not on trial');
  must(Number(await figure(page, 'AUC')) > 0.6, 'the model knows no more than chance');
  must((await page.locator('main eh-chart').count()) >= 2, 'reliability and lift are not drawn');
}

async function compliance(page) {
  await visit(page, `${board}/compliance`);
  const judged = await rows(page, 'Decisions');
  must(judged.length > 0, 'no decision is in the log');
  await page.locator('main table tbody a.row-link').first().click();
  const drawer = page.locator('dialog.drawer');
  await drawer.waitFor();
  same(await drawer.locator('.verdicts > li').count(), 9, 'the steps of a decision');
  await visit(page, `${board}/compliance?outcome=refuse`);
  must((await rows(page, 'Decisions')).every((row) => row.Outcome.includes('Refused')), 'the filter lets others through');
  const file = await download(page, page.getByRole('link', { name: 'Export with manifest' }));
  must(file.name.endsWith('.zip') && file.bytes.subarray(0, 2).toString() === 'PK', 'the export is no archive');
}

async function routing(page) {
  await visit(page, `${board}/routing`);
  must((await rows(page, 'Agents')).length > 0, 'there are no agents');
  must(/first/i.test(await text(page)), 'the page does not say how fast the first action is');
}

async function offers(page) {
  await visit(page, `${board}/offers`);
  const all = await rows(page, 'Offers');
  must(all.length > 0, 'no offer is listed');
  must(all.every((offer) => offer['Offered to'] && offer.Stands), 'an offer does not say to whom or how it stands');
  await visit(page, `${board}/offers?standing=untaken`);
  must((await rows(page, 'Offers')).every((offer) => offer['Offered to'] === 'Nobody'), 'the filter lets others through');
}

async function policy(page) {
  await visit(page, `${board}/policy`);
  const field = page.getByLabel('Policy', { exact: true });
  const good = await field.inputValue();
  await field.fill(good.replace(/horizon_days = \d+/, 'horizon_days = 0'));
  await page.getByLabel('Why', { exact: false }).first().fill('A horizon that is none.');
  await press(page, 'Save the version');
  must((await text(page)).includes('goal.horizon_days'), 'the wrong value is not named');
  must((await field.inputValue()).includes('horizon_days = 0'), 'what was typed is not kept');
}
