// A market's life, as its operator and its people live it.
import { audit, listen } from '../lib/audit.mjs';
import { settled, visit } from '../lib/browser.mjs';
import { download, press, rows } from '../lib/growth.mjs';
import { inLanes } from '../lib/lanes.mjs';
import { market } from '../lib/places.mjs';
import { must, same } from '../lib/report.mjs';

export const title = 'Markets: open, look after, keep people, erase, take out, close';

export async function run({ open, looks, report }) {
  await inLanes(looks.filter((look) => (look.width > 600) === (look.theme === 'light')), async (look) => {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    const own = `story-${look.theme}`;
    for (const [name, step] of Object.entries(steps)) {
      await report.check(`${said[name]}, ${look.name}`, page, async () => {
        complaints.splice(0);
        await step(page, own);
        // A refused form and an erased contact answer with their status on purpose, and the browser says so.
        const refused = refuses[name];
        return audit(page, null, complaints.filter((text) => !refused || !text.includes(`status of ${refused}`)));
      });
    }
    await context.close();
  });
}

const steps = { mistake, create, backup, doors, contact, found, erased, chain, key, endpoint, figures, removed };

/** The status with which a step is refused on purpose. */
const refuses = { mistake: 422, erased: 404 };

const said = {
  mistake: 'a market with mistakes is refused, each said beside its field',
  create: 'a market is opened and is there',
  backup: 'it is backed up and goes back to the backup',
  doors: 'it is suspended, says why, and opens again',
  contact: 'a contact is added with a note',
  found: 'the contact is found by e-mail, written another way',
  erased: 'the contact is erased and leaves a receipt',
  chain: "the market's audit chain holds the erasure and proves whole",
  key: 'an API key is shown once and revoked',
  endpoint: 'an endpoint is added, its secret shown once',
  figures: 'figures over markets open into a table',
  removed: 'a market is deleted only by its name, and can come back',
};

const text = (page) => page.locator('main').innerText();

async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) {
    await page.locator('main').getByLabel(label, { exact: false }).first().fill(value);
  }
}

async function mistake(page) {
  await visit(page, '/markets/new');
  await fill(page, { Name: 'storymistake', Region: 'moon', Currency: 'ABC', Language: 'en-US', 'Time zone': 'Mars/Olympus' });
  await press(page, 'Open the market');
  must((await text(page)).includes('Mars/Olympus'), 'the wrong time zone is not named');
  same(await page.getByLabel('Name').first().inputValue(), 'storymistake', 'what was typed is kept');
}

async function create(page, own) {
  await visit(page, '/markets/new');
  await fill(page, { Name: own, Region: 'us-wa', Currency: 'USD', Language: 'en-US', 'Time zone': 'America/Los_Angeles' });
  await press(page, 'Open the market');
  same(new URL(page.url()).pathname, `/markets/${own}`, 'where one lands');
  must((await text(page)).includes('A first backup'), 'the checklist does not ask for a backup');
}

async function backup(page, own) {
  await visit(page, `/markets/${own}/backups`);
  await press(page, 'Back up now');
  must((await rows(page, 'Backups')).length === 1, 'the backup is not listed');
  await page.getByLabel(`Write ${own} to confirm`).fill(own);
  await press(page, 'Go back to it');
  must((await page.locator('body').innerText()).includes('database number 2'), 'it did not go back to the backup');
}

async function doors(page, own) {
  await visit(page, `/markets/${own}/life-cycle`);
  await fill(page, { Reason: 'the story pauses' });
  await press(page, 'Suspend');
  must((await text(page)).includes('the story pauses'), 'the reason is not shown');
  await press(page, 'Resume');
  must(!(await text(page)).includes('the story pauses'), 'it is still suspended');
}

let contacts = {};

async function contact(page, own) {
  await visit(page, `/m/${market}/contacts/new`);
  await fill(page, { Name: `Nadia Story ${own}`, 'E-mail': `nadia.${own}@example.org`, Phone: own.endsWith('dark') ? '+1 206 555 0142' : '+1 206 555 0143' });
  await press(page, 'Add');
  await settled(page);
  contacts[own] = new URL(page.url()).pathname;
  must((await text(page)).includes(`nadia.${own}@example.org`), 'the contact does not show the e-mail');
  await fill(page, { Note: 'Asked for a second viewing.' });
  await press(page, 'Keep the note');
  must((await text(page)).includes('Asked for a second viewing.'), 'the note is not kept');
}

async function found(page, own) {
  await visit(page, `/m/${market}/contacts`);
  const search = page.getByLabel('Find somebody by e-mail address');
  await search.fill(`NADIA.${own}@Example.org `.toUpperCase());
  await press(page, 'Find');
  must((await text(page)).includes(`Nadia Story ${own}`), 'the contact is not found by its e-mail');
  must(!page.url().toLowerCase().includes('nadia'), 'the address holds personal data');
}

async function erased(page, own) {
  await visit(page, `${contacts[own]}/erase`);
  await page.getByRole('radio').first().check();
  await page.getByRole('checkbox', { name: /Erase this person/ }).check();
  await press(page, 'Erase');
  must(!(await text(page)).includes(`nadia.${own}`), 'the receipt holds personal data');
  const gone = await visit(page, contacts[own]);
  must([200, 404, 410].includes(gone.status()), `the erased contact answers ${gone.status()}`);
  must(!(await page.locator('body').innerText()).includes(`Nadia Story ${own}`), 'the erased contact is still shown');
  await visit(page, `/m/${market}/contacts`);
}

async function chain(page) {
  await visit(page, `/m/${market}/audit`);
  must(/erased/i.test(await text(page)), 'the erasure is not in the chain');
  await press(page, 'Verify now');
  must(/just now/.test(await text(page)), 'the chain does not say that it was verified');
}

async function key(page, own) {
  await visit(page, `/m/${market}/keys`);
  await fill(page, { 'What it is for': `story ${own}` });
  await press(page, 'Make key');
  const secret = /ehub_[A-Za-z0-9]+_[A-Za-z0-9_-]+/.exec(await page.locator('body').innerText());
  must(secret, 'the key is not shown');
  await visit(page, `/m/${market}/keys`);
  must(!(await page.content()).includes(secret[0]), 'the key is shown twice');
  await press(page, `Revoke story ${own}`);
  must(/revoked/i.test(await text(page)), 'the key is not revoked');
}

async function endpoint(page, own) {
  await visit(page, `/m/${market}/webhooks`);
  await fill(page, { Address: `https://crm.example.com/hooks/${own}`, Topics: 'contact.*' });
  await press(page, 'Add endpoint');
  must(/whsec_/.test(await page.locator('body').innerText()), 'the secret is not shown');
}

async function figures(page) {
  await visit(page, '/analytics');
  must((await page.locator('main table').count()) > 0, 'there is no table');
}

async function removed(page, own) {
  await visit(page, `/markets/${own}/life-cycle`);
  const file = await download(page, page.getByRole('button', { name: 'Download' }));
  must(file.bytes.length > 0 && file.bytes.subarray(0, 2).toString() === 'PK', 'the export is no archive');
  await page.getByLabel(`Write ${own} to confirm`).fill(own);
  await press(page, 'Delete the market');
  same(new URL(page.url()).pathname, '/markets', 'where one lands');
  await visit(page, `/markets/${own}/life-cycle`);
  await press(page, 'Resume');
  await visit(page, `/markets/${own}`);
  must((await text(page)).includes('Active'), 'it did not come back');
}
