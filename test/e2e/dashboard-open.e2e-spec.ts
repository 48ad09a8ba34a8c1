import { afterEach, expect, it } from '@jest/globals';
import { type CDPSession } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { DashboardUnderTest } from '../support/dashboard.js';

/** Frames of figures, one each 2 s, that the page is given before it is looked at again. */
const FRAMES = Number(process.env['DASHBOARD_FRAMES'] ?? 5);
const WINDOWS = Number(process.env['DASHBOARD_WINDOWS'] ?? 2_000);
const SETTLED_AFTER_FRAMES = 3;
const MAX_HEAP_GROWTH_BYTES = 2_000_000;

let dashboard: DashboardUnderTest | undefined;
afterEach(async () => {
  await dashboard?.http.close();
  expect(dashboard?.complaints).toEqual([]);
});

it('a page that stays open does not grow, and shows a list of many windows at once', async () => {
  const browser = await openBrowser();
  dashboard = new DashboardUnderTest(browser);
  await dashboard.start();
  const lines = Array.from({ length: WINDOWS }, (_, i) =>
    JSON.stringify({ type: 'announcement', channel: 'email', to: `reader-${i}@example.com`, title: `Number ${i}` }),
  );
  await dashboard.http.post('/bulk', lines.join('\n'), { 'Content-Type': 'application/x-ndjson' });
  const page = await dashboard.open('#/windows');
  await page.locator('#window-rows tbody tr').nth(49).waitFor();
  await page.evaluate(`location.hash = '#/now'`);
  await page.locator('#plot-latency .u-legend').waitFor();
  const tools = await page.context().newCDPSession(page);
  await tools.send('Performance.enable');
  // The heap and the plots have found their size by then.
  await page.evaluate(framesSeen(SETTLED_AFTER_FRAMES));
  const before = await sizeOf(tools);
  await page.evaluate(framesSeen(FRAMES));
  const after = await sizeOf(tools);
  expect(after.heapBytes - before.heapBytes).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
  expect(after.nodes).toBeLessThan(before.nodes * 1.1 + 200);
  expect(after.listeners).toBeLessThan(before.listeners * 1.1 + 50);
});

/** Resolves in the page once it was sent so many frames. */
function framesSeen(count: number): string {
  return `new Promise((resolve) => {
    const source = new EventSource('dashboard/live');
    let left = ${count};
    source.addEventListener('stats', () => {
      left -= 1;
      if (left > 0) return;
      source.close();
      resolve();
    });
  })`;
}

async function sizeOf(tools: CDPSession): Promise<{ heapBytes: number; nodes: number; listeners: number }> {
  await tools.send('HeapProfiler.collectGarbage');
  const { metrics } = await tools.send('Performance.getMetrics');
  const metric = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? 0;
  return { heapBytes: metric('JSHeapUsedSize'), nodes: metric('Nodes'), listeners: metric('JSEventListeners') };
}
