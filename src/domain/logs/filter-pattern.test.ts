import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../errors.ts';
import { compileFilterPattern } from './filter-pattern.ts';

interface Case {
  readonly pattern: string;
  readonly matches: readonly string[];
  readonly not?: readonly string[];
}

const BAD_REQUEST = '[ERROR 400] BAD REQUEST';
const INVALID = '[ERROR 420] INVALID ARGUMENTS';
const APACHE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
const TRAIL = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  arrayKey: ['value', 'another value'],
  objectList: [
    { name: 'a', id: 1 },
    { name: 'b', id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  latency: 55.5,
  code: '400',
  'cluster.name': 'c',
});
const USERS = JSON.stringify({
  user: { id: 1, email: 'John.Stiles@example.com' },
  users: [{ id: 2, email: 'John.Doe@example.com' }],
  actions: ['GET', 'PUT', 'DELETE'],
  coordinates: [[0, 1, 2]],
});

const terms: Case[] = [
  { pattern: '', matches: ['', 'anything'] },
  { pattern: '" "', matches: ['', 'word'] },
  { pattern: 'ERROR', matches: [BAD_REQUEST, 'ERRORCODE'], not: ['error', ''] },
  { pattern: ' ERROR ARGUMENTS ', matches: [INVALID], not: [BAD_REQUEST] },
  { pattern: '?REQUEST ?ARGUMENTS', matches: [BAD_REQUEST, INVALID], not: ['[INFO] nothing'] },
  { pattern: '?ERROR ?ARGUMENTS REQUEST', matches: ['[INFO] REQUEST FAILED'], not: [INVALID] },
  { pattern: 'ERROR -ARGUMENTS', matches: [BAD_REQUEST], not: [INVALID, 'ARGUMENTS'] },
  { pattern: '-"BAD REQUEST"', matches: [INVALID], not: [BAD_REQUEST] },
  { pattern: '"ERROR 400" REQUEST', matches: [BAD_REQUEST], not: [INVALID] },
  { pattern: '"say \\"hi\\\\"', matches: ['they say "hi\\ there'], not: ['they say hi'] },
  { pattern: '%^\\[ERROR [0-9]{3}\\]%', matches: [BAD_REQUEST], not: [` ${BAD_REQUEST}`] },
  { pattern: 'REQUEST -%4[0-9]0%', matches: ['500 REQUEST'], not: [BAD_REQUEST] },
  { pattern: 'größe_1', matches: ['die größe_1 x'] },
];

const regexes: Case[] = [
  { pattern: '%AUTHORIZED%', matches: ['UNAUTHORIZED REQUEST'], not: ['authorized'] },
  { pattern: '%^[hc]at%', matches: ['hat', 'cats'], not: ['the cat'] },
  { pattern: '%[hc]at$%', matches: ['the cat'], not: ['cats'] },
  { pattern: '%colou?r%', matches: ['color', 'colour'], not: ['colouur'] },
  { pattern: '%^a{3,5}$%', matches: ['aaa', 'aaaaa'], not: ['aa', 'aaaaaa'] },
  { pattern: '%^a{,2}b{2,}$%', matches: ['bb', 'aabbb'], not: ['aaabb', 'aab'] },
  { pattern: '%gra|ey%', matches: ['gray', 'grey'], not: ['gruy'] },
  { pattern: '%^starting|^shutting down%', matches: ['shutting down now'], not: ['not starting'] },
  { pattern: '%abcc|ab[^c]$%', matches: ['abcc x', 'aba'], not: ['aac', 'abc'] },
  { pattern: '%\\[.\\]%', matches: ['[a]', '[]]', '[ä]'], not: ['[]', '[ab]'] },
  { pattern: '%^10\\.10\\.0\\.1$%', matches: ['10.10.0.1'], not: ['10010,051'] },
  { pattern: '%ab[0-9]*c%', matches: ['abc', 'ab129c'], not: ['ab-c'] },
  { pattern: '%^\\d+\\s\\w+\\S$%', matches: ['12 ab!'], not: ['a2 ab!'] },
  { pattern: '%^\\D\\W$%', matches: ['a-', 'ü '], not: ['1-', 'aa'] },
  { pattern: '%\\x28\\x3A%', matches: ['x(:y'], not: ['(x:'] },
  { pattern: '%[abcx-z_.]+$%', matches: ['cab.'], not: ['d'] },
  { pattern: '%^$%', matches: [''], not: ['a'] },
];

const json: Case[] = [
  {
    pattern: '{ $.eventType = "UpdateTrail" }',
    matches: [TRAIL, ` ${TRAIL}\n`],
    not: [USERS, 'UpdateTrail', '{'],
  },
  { pattern: '{$.eventType=UpdateTrail}', matches: [TRAIL] },
  { pattern: '{ $.eventType = "Update*" }', matches: [TRAIL] },
  { pattern: '{ $.eventType = *Trail }', matches: [TRAIL] },
  { pattern: '{ $.eventType = "*dateT*" }', matches: [TRAIL] },
  { pattern: '{ $.eventType = "Upd*Trail" }', matches: ['{"eventType":"Upd*Trail"}'], not: [TRAIL] },
  {
    pattern: '{ $.sourceIPAddress != 123.123.* }',
    matches: [TRAIL],
    not: ['{"sourceIPAddress":"123.123.1.1"}', USERS],
  },
  {
    pattern: '{ $.arrayKey[0] = "value" }',
    matches: [TRAIL],
    not: ['{"arrayKey":"value"}', '{"arrayKey":[]}'],
  },
  { pattern: '{ $.arrayKey = * }', matches: [], not: [TRAIL] },
  { pattern: '{ $.arrayKey != "x" }', matches: [], not: [TRAIL] },
  { pattern: '{ $.objectList[1].id = 2 }', matches: [TRAIL] },
  { pattern: '{ $.SomeObject IS NULL }', matches: [TRAIL], not: [USERS] },
  { pattern: '{ $.ThisFlag IS TRUE }', matches: [TRAIL] },
  { pattern: '{ $.ThisFlag is false }', matches: ['{"ThisFlag":false}'], not: [TRAIL] },
  { pattern: '{ $.SomeOtherObject NOT EXISTS }', matches: [TRAIL], not: ['{"SomeOtherObject":null}'] },
  { pattern: '{ $.latency > 55 && $.latency <= +55.5 && $.latency != 1e3 }', matches: [TRAIL] },
  { pattern: '{ $.latency < 5.55e1 }', matches: [], not: [TRAIL] },
  { pattern: '{ $.latency = * }', matches: [TRAIL], not: [USERS] },
  { pattern: '{ $.code = 400 && $.code >= 400 }', matches: ['{"code":400}'], not: [TRAIL] },
  { pattern: '{ $.code = 400 }', matches: [TRAIL] },
  { pattern: "{ $.['cluster.name'] = c }", matches: [TRAIL] },
  { pattern: '{ $.eventType = %Tr.il$% }', matches: [TRAIL] },
  { pattern: '{ $.arrayKey[*] = %^another% }', matches: [TRAIL] },
  { pattern: '{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }', matches: [TRAIL] },
  { pattern: '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', matches: [USERS] },
  {
    pattern: '{ ($.user.id = 2 && $.users[0].email = "x") || $.actions[2] = "GET" }',
    matches: [],
    not: [USERS],
  },
  { pattern: '{ $.user.id = 1 || $.coordinates[0][1] = no && $.actions[2] = no }', matches: [USERS] },
  {
    pattern: '{ ($.user.id = 1 || $.coordinates[0][1] = no) && $.actions[2] = no }',
    matches: [],
    not: [USERS],
  },
  { pattern: '{ $.coordinates[0][1] = 1 }', matches: [USERS] },
  { pattern: '{ $.a = "}" }', matches: ['{"a":"}"}'] },
  { pattern: '{ $.constructor NOT EXISTS }', matches: [TRAIL] },
  {
    pattern: '{ ($.eventSource = s3.amazonaws.com) && ($.x-y_z = PutBucketAcl) }',
    matches: ['{"eventSource":"s3.amazonaws.com","x-y_z":"PutBucketAcl"}'],
  },
];

const fields: Case[] = [
  {
    pattern: '[ip, user, name, time, request, status, bytes]',
    matches: [APACHE],
    not: [`${APACHE} more`, 'one'],
  },
  {
    pattern: '[ip=%127\\.0\\.0\\.[1-9]%, user, name, time, request =*.html*, status = 4*, bytes]',
    matches: [APACHE],
  },
  { pattern: '[..., request =*.html*, status = 4*, bytes > 1000]', matches: [APACHE] },
  { pattern: '[..., status = 404 || status = 410, bytes]', matches: [APACHE] },
  { pattern: '[..., status = 4* && status != 404, bytes]', matches: [], not: [APACHE] },
  { pattern: '[ip, user, ...]', matches: [APACHE, 'a b'], not: ['a'] },
  { pattern: '[..., request=*.html*, status=4*,]', matches: [APACHE] },
  { pattern: '[ip, ..., time = "10/Oct*", request, status, bytes]', matches: [APACHE] },
  { pattern: '[w1=ERROR, w2]', matches: ['ERROR message'], not: ['ERROR WARN message', 'WARN message'] },
  { pattern: '[w1!=ERROR && w1!=WARNING, ...]', matches: ['INFO x'], not: ['ERROR x'] },
  { pattern: '[w1=!ERROR&&w1=!WARN, w2]', matches: ['INFO x'], not: ['WARN x'] },
  {
    pattern: '[a, b, c, d, url=%/resource/[0-9]+$%, t]',
    matches: ['INFO 1 2 GET /service/resource/67 1200'],
    not: ['INFO 1 2 GET /resource/67/part 9'],
  },
  { pattern: '[n >= 10, ...]', matches: ['10', '11 x'], not: ['9', 'ten'] },
  { pattern: '[...]', matches: ['', 'a b c'] },
];

const refused: { pattern: string; message?: string }[] = [
  { pattern: 'foo-bar', message: "Invalid character(s) in term '-'" },
  { pattern: '?Status: timeout', message: "Invalid character(s) in term ':'" },
  { pattern: '(x', message: "Invalid character(s) in term '('" },
  { pattern: '""', message: `Invalid character(s) in term '""'` },
  { pattern: '"open', message: `Invalid character(s) in term '"'` },
  { pattern: '{ $.a = 1', message: "If a filter pattern starts with '{' it must end with '}'" },
  { pattern: '[a, b', message: "If a filter pattern starts with '[' it must end with ']'" },
  { pattern: '{ }' },
  { pattern: '{ a = 1 }' },
  { pattern: '{ $ = 1 }' },
  { pattern: '{ $.a }' },
  { pattern: '{ $.a = }' },
  { pattern: '{ $.a = 1 $.b = 2 }' },
  { pattern: '{ ($.a = 1 }' },
  { pattern: '{ $.a < "text" }' },
  { pattern: '{ $.a IS NOT NULL }' },
  { pattern: '{ $.a EXISTS }' },
  { pattern: '{ $.*.inner.* = "x" }' },
  { pattern: '{ $.a[*] = 1 && $.* = 1 && $.b[*] = 1 && $.c[*] = 1 }' },
  { pattern: '{ $.a = %x% || $.a = %y% || $.a = %z% }' },
  { pattern: '[a, ..., b, ...]' },
  { pattern: '[a = 1 && b = 2]' },
  { pattern: '[a b]' },
  { pattern: '%something!%' },
  { pattern: '%(ab)%' },
  { pattern: '%%' },
  { pattern: '%[%' },
  { pattern: '%[]%' },
  { pattern: '%a{5,3}%' },
  { pattern: '%a{100000}%' },
  { pattern: '%*a%' },
  { pattern: '%ü%' },
  { pattern: '%\\%' },
  { pattern: '%[z-a]%' },
];

describe('Filter patterns', () => {
  for (const { pattern, matches, not = [] } of [...terms, ...regexes, ...json, ...fields]) {
    it(`match as AWS says: ${pattern}`, () => {
      const test = compileFilterPattern(pattern);
      for (const message of matches) assert.ok(test(message), `should match: ${message}`);
      for (const message of not) assert.ok(!test(message), `should not match: ${message}`);
    });
  }

  for (const { pattern, message = 'Invalid filter pattern' } of refused) {
    it(`are refused: ${pattern}`, () => {
      assert.throws(
        () => compileFilterPattern(pattern),
        (error) => isApiError(error, 'InvalidParameterException') && error.message === message,
      );
    });
  }

  it('take time that grows with the message, however nested their repetitions', () => {
    const test = compileFilterPattern(`%^${'a*'.repeat(30)}b$%`);
    assert.equal(test('a'.repeat(100_000)), false);
  });
});
