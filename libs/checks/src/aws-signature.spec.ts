import { describe, expect, it } from '@jest/globals';
import { awsSigned, type AwsCall } from './aws-signature.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const at = new Date('2015-08-30T12:36:00Z');
const signatureOf = (call: Partial<AwsCall>) => {
  const whole = {
    method: 'GET',
    url: new URL('https://example.amazonaws.com/'),
    region: 'us-east-1',
    service: 'service',
    at,
  };
  return awsSigned({ ...whole, ...call }, credentials)['authorization']!;
};

describe('AWS Signature Version 4', () => {
  it('signs the published request without parameters', () => {
    expect(signatureOf({})).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    );
  });

  it('signs the published request with parameters in order and a header', () => {
    expect(
      signatureOf({
        url: new URL('https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers'),
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        service: 'iam',
      }),
    ).toMatch(/Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7$/);
  });

  it('signs and sends the token of a session', () => {
    const call = {
      method: 'GET',
      url: new URL('https://example.amazonaws.com/'),
      region: 'us-east-1',
      service: 's',
      at,
    };
    expect(awsSigned(call, { ...credentials, sessionToken: 'SESSION' })).toMatchObject({
      'x-amz-security-token': 'SESSION',
      authorization: expect.stringContaining('SignedHeaders=host;x-amz-date;x-amz-security-token'),
    });
  });
});
