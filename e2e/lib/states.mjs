// Places that only a link with an identifier leads to, and states that only a hand brings about.
import { settled, visit } from './browser.mjs';

/** Identifiers of a client, an action and so on, as the pages' own links give them. */
export async function landmarks(page) {
  const first = async (path, pattern) => {
    await visit(page, path);
    const links = await page.locator('main a[href]').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    const found = links.map((link) => pattern.exec(link)).find(Boolean);
    if (!found) throw new Error(`${path} has no link like ${pattern}`);
    return decodeURIComponent(found[1]);
  };
  return {
    client: await first('/growth/opportunities', /[?&]client=([^&]+)/),
    action: await first('/growth/plan', /[?&]action=([^&]+)/),
    proposition: await first('/growth/propositions?status=draft', /\/propositions\/([0-9A-Z]{26})/),
    snapshot: await first('/growth/snapshots', /\/snapshots\/([0-9A-Z]{26})$/),
  };
}

/** Name and path of every page below the places of the navigation. */
export function places({ client, action, proposition, snapshot }) {
  return [
    ['all clients', '/growth/opportunities?scope=all'],
    ['clients that are not on the list', '/growth/opportunities?scope=out'],
    ['a search without result', '/growth/opportunities?scope=all&q=no%20such%20client'],
    ["a client's panel", `/growth/opportunities?client=${client}`],
    ["a client's page", `/growth/clients/${client}`],
    ['the outcome form', `/growth/clients/${client}/outcomes/new`],
    ['revenue, what if', '/growth/revenue?chances=0.8&correlation=0.4&horizon=60'],
    ['the calendar', '/growth/plan/calendar'],
    ['the list of actions', '/growth/plan/actions'],
    ['the team', '/growth/plan/team'],
    ['what is in the plan', '/growth/plan/choice'],
    ['progress', '/growth/plan/progress'],
    ['outcomes', '/growth/plan/outcomes'],
    ['the board by period', '/growth/plan?by=period'],
    ["an action's panel", `/growth/plan?action=${action}`],
    ['a new plan', '/growth/plan/new'],
    ['a proposition before it is kept', `/growth/propositions/new?client=${client}`],
    ['a proposition', `/growth/propositions/${proposition}`],
    ['a section of a proposition, being edited', `/growth/propositions/${proposition}?edit=heading`],
    ['a snapshot', `/growth/snapshots/${snapshot}`],
    ['columns of a snapshot', `/growth/snapshots/${snapshot}?show=columns`],
    ['a policy', '/growth/policies/framework/1'],
    ['another policy', '/growth/policies/legacy/1'],
    ['a policy, being changed', '/growth/policies/edit?from=framework%3A1'],
    ['a policy as text', '/growth/policies/edit?from=framework%3A1&tab=text'],
    ['search', '/search?q=plan'],
  ];
}

const submit = (name) => async (page) => {
  await page.locator('main').getByRole('button', { name }).first().click();
  await page.waitForLoadState('load');
  await settled(page);
};

/** Sends the form that holds this field with this value, past the browser's own checks. */
const send = (field, value) => async (page) => {
  const input = page.locator(`main [name="${field}"]`).first();
  await input.fill(value);
  const refused = page.waitForResponse((response) => response.request().method() === 'POST');
  await input.evaluate((element) => {
    element.form.noValidate = true;
    element.form.requestSubmit();
  });
  await refused;
  await page.waitForLoadState('load');
  await settled(page);
};

const menu = (summary) => (page) => page.locator('details.menu > summary', { hasText: summary }).first().click();
const errors = '[aria-invalid="true"]';

/** States with the path they start from, what brings them about, and what must be visible then. */
export function states({ client, proposition }) {
  return [
    { name: 'the palette', path: '/growth', act: openPalette, shows: '#palette .result' },
    { name: 'the shortcuts', path: '/growth', act: (page) => page.keyboard.press('?'), shows: '#shortcuts' },
    { name: 'the navigation', narrowOnly: true, path: '/growth', act: (page) => page.locator('.nav-open').click(), shows: '#nav' },
    { name: 'a filter', path: '/growth/opportunities', act: menu('Tier'), shows: 'details.menu[open] .menu-panel' },
    { name: 'the columns', path: '/growth/opportunities', act: menu('Columns'), shows: 'details.menu[open] .menu-panel' },
    { name: 'the views', path: '/growth/opportunities', act: menu('Views'), shows: 'details.menu[open] .menu-panel' },
    { name: 'the export', path: '/growth/opportunities', act: menu('Export'), shows: 'details.menu[open] .menu-panel' },
    { name: 'reasons of a figure', path: '/growth', act: (page) => page.locator('main details.why > summary').first().click(), shows: 'main details.why[open]' },
    { name: 'an upload without a file', refuses: true, path: '/growth/import', act: emptyUpload, shows: errors },
    { name: 'an outcome with mistakes', refuses: true, path: `/growth/clients/${client}/outcomes/new`, act: send('arr', 'many'), shows: errors },
    { name: 'settings with mistakes', refuses: true, path: '/growth/settings', act: send('goal_mrr', 'much'), shows: errors },
    { name: 'a policy with mistakes', refuses: true, path: '/growth/policies/edit?from=framework%3A1&tab=text', act: send('toml', 'schema = 1\nname = 7'), shows: errors },
    { name: 'a proposition with mistakes', refuses: true, path: `/growth/propositions/${proposition}?edit=heading`, act: send('title', ''), shows: errors },
    { name: 'a page that is not there', refuses: true, path: '/growth/no-such-page', act: async () => {}, shows: 'h1' },
  ];
}

async function openPalette(page) {
  await page.keyboard.press('Control+k');
  await page.locator('#palette input').fill('reve');
  await page.locator('#palette .result').first().waitFor();
}

async function emptyUpload(page) {
  await page.locator('main form').first().evaluate((form) => { form.noValidate = true; });
  await submit('Preview')(page);
}
