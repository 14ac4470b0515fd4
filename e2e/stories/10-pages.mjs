// Every page in every look: accessible, inside the window, without a complaint.
import { audit, listen } from '../lib/audit.mjs';
import { visit } from '../lib/browser.mjs';
import { inLanes } from '../lib/lanes.mjs';
import { everyPlace } from '../lib/places.mjs';
import { same } from '../lib/report.mjs';

export const title = 'Every page, light and dark, wide and narrow';

export async function run({ open, looks, report }) {
  await inLanes(looks, async (look) => {
    const context = await open(look);
    const page = await context.newPage();
    const complaints = listen(page);
    await visit(page, '/growth');
    for (const path of await everyPlace(page)) {
      await report.check(`${path} in ${look.name}`, page, async () => {
        complaints.splice(0);
        const response = await visit(page, path);
        same(response.status(), 200, 'status');
        return audit(page, response, complaints);
      });
    }
    await context.close();
  });
}
