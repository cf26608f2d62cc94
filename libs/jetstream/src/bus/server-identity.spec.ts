import type { PeerCertificate } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { identityCheck } from './server-identity.ts';

const certificate = (subjectaltname: string) =>
  ({ subject: { CN: 'nats' }, subjectaltname }) as unknown as PeerCertificate;

describe('the identity of a server', () => {
  it.each([
    ['nats://10.0.0.7:4222', 'IP Address:10.0.0.7'],
    ['10.0.0.7', 'IP Address:10.0.0.7'],
    ['tls://[::1]:4222', 'IP Address:0:0:0:0:0:0:0:1'],
    ['nats://10.0.0.7:4222', 'DNS:localhost'],
  ])('of %s may be proven by %s', (server, names) => {
    expect(identityCheck([server])('localhost', certificate(names))).toBeUndefined();
  });

  it('is not proven by another address', () => {
    const check = identityCheck(['nats://10.0.0.7:4222']);
    expect(check('localhost', certificate('IP Address:10.0.0.8'))?.message).toContain('10.0.0.7');
  });

  it('is proven by its name alone where it has one', () => {
    const check = identityCheck(['nats://nats.example:4222', 'nats://10.0.0.7:4222']);
    expect(check('nats.example', certificate('DNS:nats.example'))).toBeUndefined();
    expect(check('nats.example', certificate('IP Address:10.0.0.7'))?.message).toContain('nats.example');
  });
});
