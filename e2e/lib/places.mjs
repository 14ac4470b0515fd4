// The pages that exist without asking the navigation; the navigation adds to them.
import { visit } from './browser.mjs';

export const places = [
  '/growth',
  '/growth/opportunities',
  '/growth/revenue',
  '/growth/plan',
  '/growth/propositions',
  '/growth/import',
  '/growth/policies',
  '/growth/settings',
  '/growth/backtest',
  '/markets',
  '/markets/new',
  '/people',
  '/keys',
  '/audit',
  '/analytics',
  '/design',
  '/api',
  '/account',
];

/** The market of the demo that the stories look at. */
export const market = 'cascade';

/** Where the hub's operators look after it. */
const looked = ['', '/backups', '/life-cycle'].map((tab) => `/markets/${market}${tab}`);

/** Every place that the navigation leads to, of the hub and inside of a market, and the lists above. */
export async function everyPlace(page) {
  const here = await linked(page);
  await visit(page, `/m/${market}`);
  return [...new Set([...places, ...looked, ...here, ...(await linked(page))])];
}

async function linked(page) {
  const paths = await page.locator('nav .nav a[href], nav a[href]').evaluateAll((links) =>
    links.map((link) => new URL(link.href)).filter((url) => url.origin === location.origin).map((url) => url.pathname + url.search),
  );
  // Of the markets to choose from, one will do.
  const other = new RegExp(`^/m/(?!${market}(/|$))`);
  return paths.filter((path) => path !== '/' && !other.test(path));
}
