import { expect } from 'chai'
import { chartOf } from '../../diagrams/chart.ts'
import { mermaidOf } from '../../diagrams/mermaid.ts'
import { door } from './machines.ts'

describe('mermaidOf', () => {
  it('writes a state diagram', () => {
    expect(mermaidOf(chartOf(door))).to.equal(`---
title: "Door"
---
%% Opens & closes.
%% Generated from the machine itself.
stateDiagram-v2
  direction TB
  state "in any state" as in_any_state
  [*] --> closed
  state "closed" as closed
  closed : tags patient
  closed : push 2/2 / creak
  state "open" as open {
    [*] --> open_ajar
    state "ajar" as open_ajar
    state "wide" as open_wide
    state "in any of these" as in_any_open
    in_any_open : entry / knock(times 3)
    in_any_open : invoke watch
    in_any_open : turn → wide
    in_any_open : exit / creak
  }
  state "gone" as gone
  in_any_state --> gone : burn
  closed --> open : push 1/2 [key #60; #34;2#34; #38; fits]<br/>/ creak
  closed --> closed : * ↻
  open --> closed : done(watch)
  open --> closed : after openMsMax
  open_ajar --> open_wide : always [not (key #60; #34;2#34; #38;<br/>fits)]
  gone --> [*]
`)
  })

  it('gives a state another id where its name is a word of the language', () => {
    const chart = chartOf(door)
    const [root, closed, ...others] = chart.states
    const states = [root!, { ...closed!, id: 'note', name: 'note' }, ...others]
    const text = mermaidOf({ ...chart, states, transitions: [] })
    expect(text).to.include('state "note" as note_\n')
  })
})
