import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

const readme = readFileSync('README.md', 'utf8')

describe('README', () => {
  it('quotes the example that runs as a spec, under 20 lines', () => {
    const example = readFileSync('spec/scenarios/readme-example.spec.ts', 'utf8').trimEnd()
    expect(readme).to.include(example)
    expect(example.split('\n')).to.have.length.at.most(19)
  })

  it('links only to what is there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1])
    expect(links).to.have.length.above(10)
    for (const link of links) expect(existsSync(`${link}`), link).to.equal(true)
  })
})
