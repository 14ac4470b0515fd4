// The pages that exist without asking the navigation; the navigation adds to them.
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
  '/design',
  '/api',
  '/account',
];

/** Every place that the navigation of the current page leads to, and the list above. */
export async function everyPlace(page) {
  const linked = await page.locator('nav a[href]').evaluateAll((links) =>
    links.map((link) => new URL(link.href)).filter((url) => url.origin === location.origin).map((url) => url.pathname + url.search),
  );
  return [...new Set([...places, ...linked.filter((path) => path !== '/')])];
}
