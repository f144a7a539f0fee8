"""Surnames: which have two characters, and how they are read at the head of a name."""

from __future__ import annotations

SURNAMES = dict(
    pair.split(":")
    for pair in (
        "单:shan 單:shan 曾:zeng 解:xie 查:zha 仇:qiu 区:ou 區:ou 乐:yue 樂:yue 朴:piao 任:ren 华:hua 華:hua 燕:yan 翟:zhai "
        "覃:qin 员:yun 員:yun 缪:miao 繆:miao 种:chong 召:shao 宓:mi 秘:bi 折:she 黑:he 逄:pang 晁:chao 纪:ji 柏:bai 隗:wei "
        "牟:mu 冼:xian 洗:xian 訾:zi 哈:ha 撒:sa 宿:su 车:che 車:che 那:na 石:shi 盛:sheng 夏:xia 长:chang 都:du 卜:bu 祭:zhai "
        "粘:nian 过:guo 瞿:qu 郝:hao 阚:kan 佴:nai 乜:nie 相:xiang 句:gou 藏:zang 谌:chen 薄:bo 莘:shen 郗:xi 於:yu 宁:ning "
        "臧:zang 葛:ge 盖:ge 蓋:ge 尉:wei 俞:yu 干:gan 重:chong 行:xing 令:ling 万:wan 沈:shen 繁:po 适:kuo 不:fou 六:lu "
        "么:yao 殷:yin 扈:hu 靳:jin 阙:que 褚:chu 贾:jia 賈:jia 窦:dou 褟:ta 麻:ma 曲:qu 强:qiang 占:zhan 应:ying 洪:hong "
        "降:jiang"
    ).split()
)
"""How a character is read as a surname, where that differs from its everyday sound or is easily taken for another."""

COMPOUND_SURNAMES = frozenset(
    (
        "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 "
        "慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 "
        "轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 左丘 东门 西门 南荣 单于 第五 歐陽 司馬 東方 諸葛 尉遲 赫連 公孫 鍾離 "
        "長孫 鮮于"
    ).split()
)

COMPOUND_SOUNDS = {
    "万俟": "mo qi", "尉迟": "yu chi", "尉遲": "yu chi", "单于": "chan yu", "澹台": "tan tai", "长孙": "zhang sun", "長孫": "zhang sun",
    "令狐": "ling hu", "鲜于": "xian yu", "鮮于": "xian yu", "亓官": "qi guan", "乐正": "yue zheng", "宰父": "zai fu", "夹谷": "jia gu",
    "谷梁": "gu liang", "颛孙": "zhuan sun", "拓跋": "tuo ba", "子车": "zi ju", "皇甫": "huang fu", "濮阳": "pu yang", "呼延": "hu yan",
}  # fmt: skip
"""Surnames of two characters whose sound, or the sound of one part, is not the everyday one."""
