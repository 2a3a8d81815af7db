"""Variant characters that are one in search and two in law: written form -> the form of the key.

Names are stored as entered; these pairs only ever touch a search key (髙/高, 﨑/崎, 渡邊/渡邉/渡辺, 齋藤/齊藤/斎藤).
Unicode's own compatibility forms (神 U+FA19 -> 神) are not listed: `engine.text.keys` folds that block by itself.
"""

from __future__ import annotations

_GROUPS = """
高髙 崎﨑嵜碕 辺邊邉 斎齋齊斉 沢澤 広廣 浜濱濵 国國圀 竜龍 真眞 徳德 恵惠 栄榮 桜櫻 島嶋嶌 富冨 吉𠮷
館舘 条條 円圓 会會 学學 県縣 蔵藏 実實 寿壽 瀬瀨 滝瀧 渕淵渊 曽曾 塩鹽 亀龜 来來 礼禮 万萬 与與
両兩 宝寶 宮宫 当當 応應 静靜 黒黑 弥彌 穂穗 豊豐 鉄鐵 関關 鶴靏鸖 麦麥 黄黃 団團 図圖 対對 将將
尽盡 峰峯 巌巖 巣巢 帯帶 弐貳 従從 恒恆 戸戶 戦戰 払拂 挙擧 数數 断斷 旧舊 昼晝 暁曉 楽樂 権權
様樣 横橫 検檢 歩步 歯齒 歳歲 気氣 涙淚 浄淨 渋澁 温溫 湾灣 満滿 焼燒 独獨 畑畠 画畫 盗盜 秘祕
称稱 稲稻 粋粹 経經 絵繪 続續 総總 緑綠 聡聰 聴聽 胆膽 脳腦 艶艷 芦蘆 茎莖 荘莊 薫薰 蛍螢 観觀
触觸 訳譯 誉譽 読讀 譲讓 賛贊 転轉 軽輕 逓遞 遅遲 郷鄕 酔醉 釈釋 銭錢 鋳鑄 錬鍊 鎌鐮 険險 随隨
隠隱 霊靈 頼賴 顔顏 飲飮 駅驛 駆驅 騒騷 験驗 髄髓 鴎鷗 麹麴 麺麵 乗乘 亜亞 仏佛 仮假 体體 価價
倹儉 児兒 内內 剣劍劔 剤劑 励勵 労勞 勲勳 区區 医醫 単單 厳嚴 参參 双雙 収收 叙敍 号號 嘱囑 囲圍
圧壓 堕墮 増增 壊壞 壌壤 声聲 壱壹 売賣 変變 奥奧 奨獎 嬢孃 寛寬 専專 尭堯 届屆 属屬 岳嶽 峡峽
床牀 庁廳 弁辨瓣辯 弾彈 強强 径徑 徴徵 悪惡 悩惱 懐懷 戯戲 抜拔 拝拜 択擇 拡擴 拠據 捜搜 掲揭 揺搖
摂攝 撃擊 効效 暦曆 桧檜 柳栁 桟棧 枢樞 槇槙 栃杤 欧歐 歴歷 殻殼 毎每 淺浅 渓溪 灯燈 炉爐 為爲
犠犧 状狀 猟獵 献獻 瑶瑤 瓶甁 産產 畳疊 痴癡 発發 並竝 研硏 禅禪 穏穩 窃竊 竃竈 糸絲 縄繩 繊纖
缶罐 翠翆 虎乕 虫蟲 蛮蠻 衛衞 覚覺 覧覽 証證 謡謠 讃讚 遥遙 郎郞 醸釀 鉱鑛 隣鄰
""".split()

VARIANTS: dict[int, str] = {ord(other): group[0] for group in _GROUPS for other in group[1:]}
