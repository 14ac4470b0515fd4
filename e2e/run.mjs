// Drives the stories in stories/ through a running hub. See lib/options.mjs for the command line.
import { mkdirSync, readdirSync } from 'node:fs';
import { launch, looks, openContext } from './lib/browser.mjs';
import { options } from './lib/options.mjs';
import { Report } from './lib/report.mjs';
import { signIn } from './lib/session.mjs';
import { takeScreenshots } from './lib/screenshots.mjs';

const given = options();
mkdirSync(given.out, { recursive: true });
const browser = await launch(given.chromium);
const report = new Report(given.out);
try {
  const session = await signIn(browser, given, report);
  const world = { ...given, browser, report, session, looks, open: (look, extra) => openContext(browser, { base: given.base, look, session, ...extra }) };
  if (given.screenshots) {
    await takeScreenshots(world);
  } else {
    for (const file of storyFiles()) {
      const story = await import(`./stories/${file}`);
      console.log(`\n${story.title}`);
      await story.run(world);
    }
  }
} finally {
  await browser.close();
}
console.log(`\n${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed === 0 && report.passed > 0 ? 0 : 1;

function storyFiles() {
  const files = readdirSync(new URL('./stories/', import.meta.url)).filter((file) => file.endsWith('.mjs')).sort();
  const chosen = files.filter((file) => !given.only || given.only.some((name) => file.includes(name)));
  if (chosen.length === 0) throw new Error(`no story matches ${given.only}`);
  return chosen;
}
