// The field types our renderer knows, with their Japanese names; all others are kept out of the palette.

const NAMES = {
  textfield: '1行の文字', textarea: '長い文字', number: '数', datetime: '日付', radio: '1つ選ぶ（ボタン）',
  select: '1つ選ぶ（一覧）', checklist: 'いくつでも選ぶ', checkbox: '確認のチェック', filepicker: 'ファイル',
  dynamiclist: '繰返しの行', group: 'まとまり・ページ', text: '説明の文', separator: '区切り線', spacer: '余白',
};
const LABELS = {
  textfield: '新しい項目', textarea: '新しい項目', number: '数', datetime: '日付', radio: '選んでください',
  select: '選んでください', checklist: 'あてはまるもの', checkbox: '確認しました', filepicker: 'ファイル',
  dynamiclist: '明細', group: '新しいまとまり',
};

export function fieldName(type) {
  return NAMES[type] ?? type;
}

class JapaneseFields {
  constructor(formFields) {
    for (const [type, name] of Object.entries(NAMES)) {
      const { config } = formFields.get(type) ?? {};
      if (!config) continue;
      const create = config.create;
      config.name = name;
      config.create = (options = {}, isNew) => {
        const field = create(options, isNew);
        if (LABELS[type] && options.label === undefined) field.label = LABELS[type];
        if (type === 'text' && options.text === undefined) field.text = '説明の文';
        if (type === 'datetime') {
          delete field.label;
          if (options.dateLabel === undefined) field.dateLabel = LABELS.datetime;
        }
        if (Array.isArray(field.values)) {
          field.values = field.values.map(value => ({ ...value, label: value.label === 'Value' ? '選択肢' : value.label }));
        }
        return field;
      };
    }
    // Types that stand in an existing form stay known, so that it opens; the check names them.
    const all = formFields._formFields;
    formFields._formFields = new Proxy(all, {
      ownKeys: target => Reflect.ownKeys(target).filter(type => type === 'default' || NAMES[type]),
    });
  }
}
JapaneseFields.$inject = ['formFields'];

export const japaneseFields = { __init__: ['japaneseFields'], japaneseFields: ['type', JapaneseFields] };
