// Command line of run.mjs.
import { parseArgs } from 'node:util';

export const usage = `node e2e/run.mjs --base URL --sign-in URL --chromium PATH --out DIR [--only STORY,..] [--screenshots DIR]

  --base         the hub, http://127.0.0.1:PORT
  --sign-in      its one-time sign-in link
  --chromium     the browser to drive
  --out          folder for downloads and pictures of what failed
  --only         stories to run, by the middle of their file name; or pictures to take, by the beginning of their name
  --screenshots  take the pictures of the documentation into this folder instead of running stories`;

export function options() {
  const { values } = parseArgs({
    options: {
      base: { type: 'string' },
      'sign-in': { type: 'string' },
      chromium: { type: 'string' },
      out: { type: 'string' },
      only: { type: 'string' },
      screenshots: { type: 'string' },
    },
  });
  for (const name of ['base', 'sign-in', 'chromium', 'out']) {
    if (!values[name]) throw new Error(`--${name} is missing\n\n${usage}`);
  }
  return { ...values, signIn: values['sign-in'], only: values.only?.split(',') };
}
