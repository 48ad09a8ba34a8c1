import { createECDH } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decryptWebPush, PushReceiver } from '../../../test/support/push-receiver.js';
import { encryptWebPush, subscriptionKeysProblem } from './web-push-encryption.js';

const RECEIVER = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
};

describe('Web Push encryption', () => {
  it('makes the body of RFC 8291, appendix A', () => {
    const sender = createECDH('prime256v1');
    sender.setPrivateKey(Buffer.from('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', 'base64url'));
    const salt = Buffer.from('DGv6ra1nlYgDCS1FRnbzlw', 'base64url');
    const body = encryptWebPush(Buffer.from('When I grow up, I want to be a watermelon'), RECEIVER, { salt, sender });
    expect(body.toString('base64url')).toBe(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    );
  });

  it('is read by the receiver and by nobody else, up to 3993 octets in a body of 4096', () => {
    const receiver = new PushReceiver();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_993 }), (text) => {
        const body = encryptWebPush(Buffer.from(text), receiver.keys);
        expect(body.length).toBe(text.length + 103);
        expect(decryptWebPush(body, receiver)).toEqual(Buffer.from(text));
        expect(() => decryptWebPush(body, new PushReceiver())).toThrow();
      }),
      { numRuns: 20 },
    );
  });

  it('refuses keys that are none, and says which', () => {
    expect(subscriptionKeysProblem(RECEIVER)).toBeUndefined();
    expect(subscriptionKeysProblem({ ...RECEIVER, auth: 'AAAA' })).toMatch(/keys\.auth must be 16 octets/);
    expect(subscriptionKeysProblem({ ...RECEIVER, p256dh: 'AAAA' })).toMatch(/keys\.p256dh must be 65 octets/);
    const noPoint = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)]).toString('base64url');
    expect(subscriptionKeysProblem({ ...RECEIVER, p256dh: noPoint })).toMatch(/point on P-256/);
  });
});
