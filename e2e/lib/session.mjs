// Signing in once, by the link, as a person does; later contexts share the session.
import { looks, openContext, settled } from './browser.mjs';
import { audit, listen } from './audit.mjs';
import { tabTo } from './keyboard.mjs';
import { must } from './report.mjs';

/** A page that only people who are signed in see. */
const inside = '/account';

/** Follows the one-time link, in a browser, and returns the session for further contexts. */
export async function signIn(browser, { base, signIn: link }, report) {
  console.log('Signing in');
  const context = await openContext(browser, { base, look: looks[0] });
  const page = await context.newPage();
  const complaints = listen(page);
  await report.check('a stranger is led to the sign-in page', page, async () => {
    const response = await page.goto(inside);
    must(new URL(page.url()).pathname !== inside, `a stranger sees ${inside}`);
    return audit(page, response, complaints);
  });
  complaints.splice(0);
  await report.check('the one-time link signs in', page, async () => {
    await page.goto(link);
    // The link may show a page with a button, so that a mail scanner does not use it up.
    // Whoever has no mouse gets in as well.
    await tabTo(page, 'main form[method="post"] button');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
    await settled(page);
    must((await context.cookies()).length > 0, 'there is no session cookie');
    for (const cookie of await context.cookies()) {
      must(cookie.httpOnly && cookie.sameSite !== 'None', `cookie ${cookie.name} is not HttpOnly and SameSite`);
    }
    return complaints.splice(0);
  });
  const session = await context.storageState();
  await report.check('the link works once only', page, async () => {
    const stranger = await openContext(browser, { base, look: looks[0] });
    try {
      const other = await stranger.newPage();
      await other.goto(link);
      const confirm = other.locator('main form[method="post"] button').first();
      if (await confirm.isVisible()) await confirm.click();
      await other.goto(inside);
      must(new URL(other.url()).pathname !== inside, 'a used link signed in again');
    } finally {
      await stranger.close();
    }
  });
  await context.close();
  return session;
}
