import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { DashboardUnderTest, WallTransport } from '../support/dashboard.js';

describe('the lists of the dashboard', () => {
  let browser: Browser;
  let dashboard: DashboardUnderTest;

  beforeAll(async () => {
    browser = await openBrowser();
    dashboard = new DashboardUnderTest(browser);
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await dashboard.http.close();
    expect(dashboard.complaints).toEqual([]);
  });

  /** The page reads its lists again when the server is back or each 5 s; a test asks for it by the same way: the list's own button, or time. */
  const titles = (): Promise<readonly string[]> =>
    dashboard.page.locator('#delivery-rows tbody td:nth-child(3)').allTextContents();

  it('deliveries by state, channel, type and time, with everything in the address', async () => {
    await dashboard.start();
    const sent = dashboard.http.ended('delivered', 1);
    await dashboard.say({ title: 'Gathers' });
    await dashboard.say({ title: 'Sent', type: 'invoice', priority: 'critical' });
    await sent;
    const page = await dashboard.open('#/deliveries');
    await page.locator('#delivery-rows tbody tr').nth(1).waitFor();
    expect(await titles()).toEqual(['Sent', 'Gathers']);
    await page.getByLabel('State').selectOption('delivered');
    await page.locator('#delivery-rows tbody tr', { hasText: 'Gathers' }).waitFor({ state: 'detached' });
    expect(await titles()).toEqual(['Sent']);
    await page.getByLabel('Type').selectOption('system_update');
    await page.locator('#note', { hasText: 'No delivery matches' }).waitFor();
    expect(dashboard.place).toBe('#/deliveries?state=delivered&type=system_update');
    await page.goBack();
    await page.locator('#delivery-rows tbody tr').waitFor();
    await page.reload();
    await page.locator('#delivery-rows tbody tr').waitFor();
    expect([await page.getByLabel('State').inputValue(), await page.getByLabel('Type').inputValue()]).toEqual(['delivered', '']);
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.locator('#delivery-rows tbody tr').nth(1).waitFor();
    await page.getByLabel('Accepted').selectOption('10m');
    await page.locator('#delivery-rows tbody tr').nth(1).waitFor();
    await page.getByLabel('Accepted').selectOption('between');
    await page.getByLabel('Before').fill('2026-01-01T00:00');
    await page.getByLabel('From').fill('2025-01-01T00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.locator('#note', { hasText: 'No delivery matches' }).waitFor();
    expect(dashboard.place).toMatch(/^#\/deliveries\?from=\d+&to=\d+$/);
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.locator('#delivery-rows').getByRole('link', { name: 'ann@example.com' }).first().click();
    await page.locator('#address-figures', { hasText: '2 accepted, 1 pending' }).waitFor();
  });

  it('pages of deliveries have addresses, and what is new is told of instead of moving the rows', async () => {
    await dashboard.start();
    for (let i = 0; i < 55; i += 1) await dashboard.say({ title: `Number ${i}` });
    const page = await dashboard.open('#/deliveries');
    await page.getByRole('link', { name: 'Next page' }).click();
    await page.locator('#delivery-rows tr', { hasText: 'Number 0' }).waitFor();
    expect(await titles()).toHaveLength(5);
    await page.getByRole('link', { name: 'First page' }).click();
    await page.locator('#delivery-rows tr', { hasText: 'Number 54' }).waitFor();
    const link = page.locator('#delivery-rows').getByRole('link', { name: 'Number 50', exact: true });
    await link.focus();
    const before = await titles();
    await dashboard.say({ title: 'Newest' });
    const button = page.getByRole('button', { name: 'Show 1 new delivery' });
    await button.waitFor();
    expect(await titles()).toEqual(before);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Number 50');
    await button.click();
    await page.locator('#delivery-rows tr', { hasText: 'Newest' }).waitFor();
  });

  it('a delivery: its time line, what it looks like, and cancelling it', async () => {
    await dashboard.start();
    const id = await dashboard.say({ title: 'Version 2', body: 'With a dark theme.' });
    await dashboard.say({ title: 'Version 3' });
    const page = await dashboard.open('#/deliveries');
    await page.getByRole('link', { name: 'Version 2' }).click();
    await page.locator('.time-line', { hasText: 'accepted, by the route aggregate' }).waitFor();
    await page.locator('.time-line', { hasText: 'the window closes' }).waitFor();
    await page.getByText('fixed window of 1 h, at most 10').waitFor();
    const frame = page.frameLocator('.frame iframe');
    await frame.getByText('With a dark theme.').waitFor();
    await page.getByLabel('Width').selectOption('390');
    await page.getByLabel('Theme').selectOption('dark');
    expect(dashboard.place).toBe(`#/deliveries/${id}?width=390&theme=dark`);
    await page.getByRole('link', { name: 'Text', exact: true }).click();
    await page.locator('pre', { hasText: 'With a dark theme.' }).waitFor();
    await page.getByRole('link', { name: 'Headers' }).click();
    await page.locator('.facts', { hasText: 'Subject' }).waitFor();
    await page.getByRole('link', { name: 'JSON' }).click();
    await page.locator('pre', { hasText: '"subject"' }).waitFor();
    await page.locator('#message-deliveries tbody tr').nth(1).waitFor();
    await page.getByRole('button', { name: 'Cancel Version 2' }).click();
    await dashboard.answer(`${id} is cancelled`);
    await page.locator('.time-line', { hasText: 'cancelled' }).waitFor();
    await page.goto(`${dashboard.http.base}/dashboard#/deliveries/d-none-1`);
    await page.getByText('It could not be found').waitFor();
  });

  it('a message that failed: its attempts with the answers, and sending it again from there', async () => {
    await dashboard.start();
    const dead = dashboard.http.ended('dead', 1);
    const id = await dashboard.say({ channel: 'wall', to: 'brick', priority: 'critical' });
    await dead;
    const page = await dashboard.open(`#/deliveries/${id}`);
    await page.locator('.time-line [data-bad]', { hasText: 'failed: address_rejected' }).getByText('550').waitFor();
    await page.getByText('Correct the address first').waitFor();
    WallTransport.open = true;
    const delivered = dashboard.http.ended('delivered', 1);
    await page.getByRole('button', { name: 'Send again' }).click();
    await dashboard.answer('1 put back in the queue');
    await delivered;
    await page.locator('.time-line li', { hasText: 'delivered' }).waitFor();
  });

  it('a message of Slack: its blocks and its text', async () => {
    await dashboard.start();
    await dashboard.say({ channel: 'slack', to: 'C0123', title: 'Deployed', type: 'deploy' });
    const page = await dashboard.open('#/windows');
    await page.getByRole('link', { name: 'deploy' }).click();
    await page.locator('.post', { hasText: 'Deployed' }).waitFor();
    await page.getByRole('link', { name: 'Text', exact: true }).click();
    await page.locator('pre', { hasText: 'Deployed' }).waitFor();
  });

  it('windows: search, preview, sending one, and all that match after asking', async () => {
    await dashboard.start();
    await dashboard.say({ title: 'Needle' });
    await dashboard.say({ title: 'Hay', to: 'bob@example.com' });
    await dashboard.say({ title: 'Hay', to: 'eve@example.com' });
    const page = await dashboard.open('#/windows');
    await page.locator('#window-rows tbody tr').nth(2).waitFor();
    await page.getByLabel('Title').fill('needle');
    await page.keyboard.press('Enter');
    await page.locator('#window-rows tbody tr').nth(1).waitFor({ state: 'detached' });
    expect(await page.locator('#window-rows tbody tr').count()).toBe(1);
    expect(dashboard.place).toBe('#/windows?q=needle');
    expect(await page.getByRole('button', { name: 'Send all that match…' }).isDisabled()).toBe(true);
    const one = page.getByRole('button', { name: 'Send now: system_update for ann@example.com' });
    await one.click();
    await dashboard.answer('Sent on: 1 for ann@example.com');
    await page.locator('#window-rows tr[data-gone]', { hasText: 'closed' }).waitFor();
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.locator('#window-rows tbody tr').nth(1).waitFor();
    await page.getByText('2 open windows, 2 deliveries gather').waitFor();
    await page.getByRole('button', { name: 'Send all that match…' }).click();
    await page.locator('#ask-text', { hasText: 'Send all 2 open windows with 2 deliveries now?' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('ask-no');
    await page.getByRole('button', { name: 'No', exact: true }).click();
    expect((await dashboard.http.get('/windows')).json['items']).toHaveLength(2);
    await page.getByRole('link', { name: 'system_update' }).first().click();
    await page.frameLocator('.frame iframe').getByText('Hay').first().waitFor();
    await page.getByRole('button', { name: 'Send now' }).click();
    await dashboard.answer('Sent on: 1');
    await page.locator('.time-line', { hasText: 'somebody sent it' }).waitFor();
    await page.getByRole('link', { name: '← Windows' }).click();
    await page.getByLabel('Address', { exact: true }).fill('eve@example.com');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Send all that match…' }).click();
    await page.locator('#ask-text', { hasText: 'all open windows of address eve@example.com' }).waitFor();
    await page.getByRole('button', { name: 'Send them', exact: true }).click();
    await dashboard.answer('1 window was sent on');
  });

  it('windows that close elsewhere are greyed where they are, and new ones follow at the end', async () => {
    await dashboard.start();
    await dashboard.say({ to: 'ann@example.com' });
    await dashboard.say({ to: 'bob@example.com' });
    const page = await dashboard.open('#/windows');
    await page.locator('#window-rows tbody tr').nth(1).waitFor();
    await page.getByRole('button', { name: /Send now: .* bob@/ }).focus();
    await dashboard.http.post('/flush', { address: 'ann@example.com' });
    await dashboard.say({ to: 'eve@example.com' });
    await page.locator('#window-rows tr[data-gone]', { hasText: 'ann@example.com' }).waitFor();
    await page.locator('#window-rows tbody tr', { hasText: 'eve@example.com' }).waitFor();
    expect(await page.locator('#window-rows tbody td:nth-child(2)').allTextContents()).toEqual(
      ['ann', 'bob', 'eve'].map((name) => `${name}@example.com`),
    );
    expect(await page.evaluate('document.activeElement.ariaLabel')).toContain('bob@');
  });

  it('dead letters in groups: sent again and dismissed by filter, and one by one', async () => {
    await dashboard.start();
    const dead = dashboard.http.ended('dead', 5);
    for (const to of ['a', 'b', 'c', 'd'])
      await dashboard.say({ channel: 'wall', to, title: `For ${to}`, type: 'invoice', priority: 'critical' });
    await dashboard.say({ channel: 'wall', to: 'e', title: 'For e', type: 'other', priority: 'critical' });
    await dead;
    const page = await dashboard.open('#/dead');
    const group = page.locator('[data-group="wall address_rejected"]');
    await group.getByText('Correct the address first').waitFor();
    await page.locator('#dead-total', { hasText: '5 dead letters; 0 dismissed' }).waitFor();
    WallTransport.open = true;
    const one = dashboard.http.ended('delivered', 1);
    await page.getByRole('button', { name: 'Send again: For c' }).click();
    await dashboard.answer('1 put back');
    await one;
    await page.getByRole('button', { name: 'Dismiss: For d' }).click();
    await dashboard.answer('1 dismissed');
    await page.locator('#dead-total', { hasText: '3 dead letters; 1 dismissed' }).waitFor();
    await page.getByLabel('Type').selectOption('other');
    await page.locator('#dead-total', { hasText: '1 dead letter; 0 dismissed' }).waitFor();
    await page.getByRole('button', { name: 'Dismiss all that match…' }).click();
    await page.locator('#ask-text', { hasText: 'Dismiss 1 dead letter of type other?' }).waitFor();
    await page.getByRole('button', { name: 'Dismiss them', exact: true }).click();
    await dashboard.answer('1 dismissed');
    await page.getByRole('link', { name: 'Clear' }).click();
    await page.locator('#dead-total', { hasText: '2 dead letters; 2 dismissed' }).waitFor();
    const rest = dashboard.http.ended('delivered', 2);
    await group.getByRole('button', { name: 'Send again: wall address_rejected' }).click();
    await page.locator('#ask-text', { hasText: 'Send 2 dead letters of channel wall, reason address_rejected again?' }).waitFor();
    await page.getByRole('button', { name: 'Send them again', exact: true }).click();
    await dashboard.answer('2 put back');
    await rest;
    await page.locator('#dead-total', { hasText: '0 dead letters; 2 dismissed' }).waitFor();
    await page.locator('#replays', { hasText: /2, of which \d delivered, 0 dead again/ }).waitFor();
    await page.getByLabel('dismissed too').check();
    await page.locator('#dead-rows tbody tr').nth(1).waitFor();
    expect(dashboard.place).toBe('#/dead?dismissed=true');
    expect((await dashboard.http.get('/stats')).json).toMatchObject({ counts: { byState: { dead: 2, delivered: 3 } } });
  });
});
