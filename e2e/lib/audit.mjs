// What must hold on every page in every look.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Collects what a page complains about while it lives. */
export function listen(page) {
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => {
    // A page that is left cuts its own event stream; that is not a failure.
    const reason = request.failure()?.errorText ?? '';
    if (!reason.includes('ERR_ABORTED')) complaints.push(`request: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`status ${response.status()}: ${response.url()}`);
  });
  return complaints;
}

/** Accessibility violations, one sentence per rule and place. */
export async function axe(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  const { violations, passes } = await page.evaluate(
    (tags) => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }),
    axeTags,
  );
  if (passes.length === 0) throw new Error('axe checked nothing');
  return violations.flatMap((violation) =>
    violation.nodes.map((node) => {
      const why = node.failureSummary?.split('\n').slice(1).map((line) => line.trim()).join(' ');
      return `${violation.id} (${violation.impact}) at ${node.target.join(' ')}: ${why}`;
    }),
  );
}

/** Elements that make the page wider than the window. */
export function overflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const edge = (element) => {
      const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      const rights = text.map((node) => {
        const range = document.createRange();
        range.selectNode(node);
        return range.getBoundingClientRect().right;
      });
      return Math.max(element.getBoundingClientRect().right, ...rights);
    };
    const wide = [...document.body.querySelectorAll('*')].filter((element) => {
      if (edge(element) <= width + 0.5) return false;
      for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
        if (getComputedStyle(box).overflowX !== 'visible') return false;
      }
      return true;
    });
    const name = (element) =>
      element.tagName.toLowerCase() + (element.id && `#${element.id}`) + [...element.classList].map((c) => `.${c}`).join('');
    const culprits = wide.slice(0, 5).map((element) => `${name(element)} ends at ${Math.round(edge(element))}`);
    return [`the page is ${document.documentElement.scrollWidth} wide in a window of ${width}: ${culprits.join(', ')}`];
  });
}

/** What the headers of a page lack. */
export function headers(response) {
  const problems = [];
  const all = response.headers();
  const policy = all['content-security-policy'] ?? '';
  if (!policy.includes('default-src')) problems.push('no content security policy');
  if (/script-src[^;]*'unsafe-(inline|eval)'/.test(policy)) problems.push(`the policy lets scripts in: ${policy}`);
  if (!/dur=[\d.]+/.test(all['server-timing'] ?? '')) problems.push('no Server-Timing with a duration');
  if (!all['x-request-id']) problems.push('no request id');
  return problems;
}

/** Everything above for the page as it stands, as a list of problems. */
export async function audit(page, response, complaints) {
  const problems = response ? headers(response) : [];
  problems.push(...(await overflow(page)));
  problems.push(...(await page.evaluate(() => globalThis.policyViolations)));
  problems.push(...complaints.splice(0));
  problems.push(...(await axe(page)));
  if ((await page.locator('h1:visible').count()) !== 1) problems.push('not exactly one visible h1');
  return problems;
}
