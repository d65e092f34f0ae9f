// Debian's Chromium, without a window: for the screenshots, the bench and the tests of the page.

import { chromium } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/** @returns {Promise<import('playwright-core').Browser>} */
export const launchChromium = () => chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
