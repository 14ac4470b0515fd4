// What pages look like while somebody works with them: panels, menus, mistakes, nothing found.
import { audit, listen } from '../lib/audit.mjs';
import { settled, visit } from '../lib/browser.mjs';
import { inLanes } from '../lib/lanes.mjs';
import { must, same } from '../lib/report.mjs';
import { landmarks, places, states } from '../lib/states.mjs';

export const title = 'Panels, menus, mistakes: every state, light and dark, wide and narrow';

export async function run({ open, looks, report }) {
  await inLanes(looks, async (look) => {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    const known = await landmarks(page);
    for (const [name, path] of places(known)) {
      await report.check(`${name} in ${look.name}`, page, async () => {
        complaints.splice(0);
        const response = await visit(page, path);
        same(response.status(), 200, 'status');
        return audit(page, response, complaints);
      });
    }
    for (const state of states(known)) {
      if (state.narrowOnly && look.width > 600) continue;
      await report.check(`${state.name} in ${look.name}`, page, async () => {
        complaints.splice(0);
        await visit(page, state.path);
        await state.act(page);
        await settled(page);
        must(await page.locator(state.shows).first().isVisible(), `${state.shows} is not to be seen`);
        // A refused form answers with its status on purpose, and the browser says so.
        const refused = (text) => state.refuses && /status of (404|409|422)/.test(text);
        const unexpected = complaints.filter((text) => !refused(text));
        return audit(page, null, unexpected);
      });
    }
    await context.close();
  });
}
